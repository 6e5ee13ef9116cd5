// To compose a session and build it, and to write scripts.

import { $, Length, Refused, ask, clock, keep, kept, later, options, query, say } from "./common.js";
import * as editor from "./editor.js";

const form = $("#compose");
const order = []; // the slugs of the chosen positions
const names = new Map([...$("#more").options].map((one) => [one.value, one.text]));

const length = new Length(() => updateSoon());

const takesPositions = () => form.elements.script.selectedOptions[0]?.hasAttribute("data-positions") ?? false;

const chosen = () => ({
  ...options(form), ...length.asked,
  ...(takesPositions() && $("#chosen").checked && { positions: order.join(",") }),
});

const problem = (text) => {
  $("#problem").textContent = text;
  $("#build").setAttribute("aria-disabled", String(Boolean(text)));
};

const fault = () => takesPositions() && $("#chosen").checked && !order.length ? "Add a position, or let the session choose them." : length.fault;

// the timeline

let asking = null;
const update = () => {
  $("#positions").hidden = !takesPositions();
  const asked = chosen();
  const mine = (asking = ask(`/api/session?${query(asked)}`).then((told) => {
    if (mine !== asking) return;
    length.allow(told.lengths_ms, told.default_ms);
    problem(fault() || told.problem);
    if (fault() || told.problem) return;
    const picture = $("#picture");
    picture.src = `/api/picture.svg?${query(asked)}`;
    picture.alt = `The timeline of ${told.title}, ${clock(told.length_ms / 1000)}: what is said, breath tones and bells along time.`;
    $("#told").textContent = `${told.chapters.map((one) => `${clock(one.start_ms / 1000)} ${one.title}`).join(" · ")}${told.ready ? "" : " (estimated, until its sentences are spoken)"}`;
  }, (error) => {
    if (mine !== asking) return;
    if (!(error instanceof Refused)) throw error;
    problem(error.message);
  }));
  if (fault()) problem(fault());
  return mine;
};
const updateSoon = later(60, update);

form.addEventListener("change", (event) => { if (event.target.name) update(); });

// positions: buttons and keys, or dragged

const drawOrder = (focus) => {
  const list = $("#order-list");
  list.replaceChildren(...order.map((slug, n) => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.className = "grow";
    name.textContent = `${n + 1}. ${names.get(slug) ?? slug}`;
    item.append(name);
    for (const [text, about, able, act] of [
      ["↑", "Earlier", n > 0, () => move(n, n - 1, "↑")],
      ["↓", "Later", n < order.length - 1, () => move(n, n + 1, "↓")],
      ["✕", "Take out", true, () => { order.splice(n, 1); say(`${names.get(slug) ?? slug} is taken out.`); drawOrder({ at: Math.min(n, order.length - 1), text: "✕" }); update(); }],
    ]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.dataset.text = text;
      button.setAttribute("aria-label", `${about}: ${names.get(slug) ?? slug}`);
      button.setAttribute("aria-disabled", String(!able));
      button.addEventListener("click", () => { if (able) act(); });
      item.append(button);
    }
    item.draggable = true;
    item.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/plain", String(n)));
    item.addEventListener("dragover", (event) => event.preventDefault());
    item.addEventListener("drop", (event) => { event.preventDefault(); move(Number(event.dataTransfer.getData("text/plain")), n); });
    return item;
  }));
  if (focus && order.length) list.children[focus.at]?.querySelector(`[data-text="${focus.text}"]`)?.focus();
  else if (focus) $("#more").focus();
};

const move = (from, to, text) => {
  if (!(from in order) || from === to) return;
  order.splice(to, 0, ...order.splice(from, 1));
  drawOrder(text && { at: to, text });
  say(`${names.get(order[to])} is number ${to + 1} of ${order.length}.`);
  update();
};

$("#chosen").addEventListener("change", async () => {
  const on = $("#chosen").checked;
  $("#order").hidden = !on;
  if (on && !order.length) {
    const told = await ask(`/api/session?${query(options(form))}`).catch(() => ({}));
    order.push(...(told.positions ?? []));
  }
  drawOrder();
  update();
});

$("#add").addEventListener("click", () => {
  order.push($("#more").value);
  drawOrder();
  say(`${names.get($("#more").value)} is number ${order.length} of ${order.length}.`);
  update();
});

// building

let job = null;
let source = null;

const watch = (id) => {
  source?.close(); // one bar is one build
  job = id;
  keep("job", id);
  const events = new EventSource(`/api/jobs/${id}`);
  source = events;
  const bar = $("#progress");
  bar.hidden = false;
  bar.removeAttribute("value");
  $("#cancel").hidden = false;
  $("#built").hidden = true;
  let before = "";
  events.addEventListener("message", (event) => {
    const told = JSON.parse(event.data);
    if (told.of) { bar.max = told.of; bar.value = told.done; }
    const stage = { waiting: "Waiting for another build …", working: `${told.doing || "Beginning"} …`, done: "Built.", failed: told.error, cancelled: "Cancelled; nothing was left behind." }[told.state];
    const part = told.state === "working" && told.of ? ` ${Math.floor(100 * told.done / told.of)} %` : "";
    $("#stage").textContent = stage + part;
    if (stage !== before) { say(stage); before = stage; }
    if (["done", "failed", "cancelled"].includes(told.state)) ended(events, told);
  });
  events.addEventListener("error", () => {
    if (events.readyState !== EventSource.CLOSED) return; // it connects again by itself
    setTimeout(async () => { // a page that is left comes here too, and not further
      if (job !== id) return;
      try {
        await ask(`/api/jobs/${id}`);
        watch(id);
      } catch (error) {
        if (error.status) ended(events, { state: "failed" }, error.message); else watch(id); // else the server is only away
      }
    }, 1000);
  });
};

const ended = (events, told, why) => {
  events.close();
  job = null;
  keep("job");
  const here = [$("#cancel"), $("#build"), document.body].includes(document.activeElement);
  $("#progress").hidden = $("#cancel").hidden = true;
  if (why) $("#stage").textContent = why;
  if (told.state !== "done") {
    if (here) $("#build").focus();
    return;
  }
  $("#built").hidden = false;
  $("#built-name").textContent = `${told.name} is ready.`; // whatever is chosen above meanwhile
  for (const [id, ending] of [["mp3", ".mp3"], ["words", ".txt"], ["chapters", ".chapters.json"]]) $(`#built-${id}`).href = `/media/${encodeURIComponent(told.name)}${ending}`;
  if (here) $("#built-mp3").focus(); // who is writing is not disturbed
};

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  for (let before = null; before !== asking;) { before = asking; await asking; } // the newest answer
  if ($("#build").getAttribute("aria-disabled") === "true") { say($("#problem").textContent); return; }
  try {
    const told = await ask("/api/build", { method: "POST", body: chosen() });
    watch(told.id);
  } catch (error) {
    if (error instanceof Refused) problem(error.message); else throw error;
  }
});

$("#cancel").addEventListener("click", async () => {
  if (!job) return;
  const told = await ask(`/api/jobs/${job}`, { method: "DELETE" }).catch(() => null);
  if (told?.wanted) ended(source, { state: "cancelled" }, "Somebody else wants it too: it goes on without you.");
});

// scripts that are written below

document.addEventListener("script-saved", ({ detail: { name, title, kind, takes_positions: takes } }) => {
  if (!kind) return; // it has errors
  const lists = [form.elements.script, ...(kind === "position" ? [$("#more")] : [])];
  for (const list of lists) {
    const option = [...list.options].find((one) => one.value === name) ?? new Option("", name);
    option.text = title;
    option.toggleAttribute("data-positions", takes);
    if (!option.parentElement) list.add(option);
  }
  names.set(name, title);
  form.elements.script.value = name;
  update();
});

document.addEventListener("script-gone", ({ detail: { name } }) => {
  for (const list of [form.elements.script, $("#more")]) [...list.options].find((one) => one.value === name)?.remove();
  update();
});

if (kept("job")) watch(kept("job"));
if (form.elements.script.options.length) update(); else problem("There is no session yet: write a script below.");
editor.begin();
