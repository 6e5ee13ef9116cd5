// To compose a session and build it, and to write scripts.

import { $, Length, Refused, SERVER, ask, clock, keep, kept, later, options, query, say, tell } from "./common.js";
import * as editor from "./editor.js";
import { _, number, percent } from "./language.js";

const form = $("#compose");
const order = []; // the slugs of the chosen positions
const names = new Map([...$("#more").options].map((one) => [one.value, one.text]));

const length = new Length(() => updateSoon());

const takesPositions = () => form.elements.script.selectedOptions[0]?.hasAttribute("data-positions") ?? false;

const chosen = () => ({
  ...options(form), ...length.asked,
  ...(takesPositions() && $("#chosen").checked && { positions: order.join(",") }),
});

const problem = (text, language) => {
  tell($("#problem"), text, language);
  $("#build").setAttribute("aria-disabled", String(Boolean(text)));
};

const fault = () => takesPositions() && $("#chosen").checked && !order.length ? _("Add a position, or let the session choose them.") : length.fault;

// the timeline

let asking = null;
const update = () => {
  $("#positions").hidden = !takesPositions();
  const asked = chosen();
  const mine = (asking = ask(`api/session?${query(asked)}`).then((told) => {
    if (mine !== asking) return;
    length.allow(told.lengths_ms, told.default_ms);
    if (fault()) problem(fault()); else problem(told.problem, SERVER);
    if (fault() || told.problem) return;
    const picture = $("#picture");
    picture.src = `api/picture.svg?${query(asked)}`;
    picture.alt = _("The timeline of {title}, {length}: speech, breath tones and bells over time.", { title: told.title, length: clock(told.length_ms / 1000) });
    const chapters = told.chapters.map((one) => `${clock(one.start_ms / 1000)} ${one.title}`).join(" · ");
    tell($("#told"), chapters, told.language);
    $("#estimated").textContent = told.ready ? "" : _("Estimated until its sentences are spoken.");
  }, (error) => {
    if (mine !== asking) return;
    if (!(error instanceof Refused)) throw error;
    problem(error.message, error.language);
  }));
  if (fault()) problem(fault());
  return mine;
};
const updateSoon = later(60, update);

form.addEventListener("change", (event) => { if (event.target.name) update(); });

// positions: buttons and keys, or dragged

const placeOf = (slug, n) => _("{title} is number {place} of {count}.", { title: names.get(slug), place: number(n + 1), count: number(order.length) });

const drawOrder = (focus) => {
  const list = $("#order-list");
  list.replaceChildren(...order.map((slug, n) => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.className = "grow";
    const title = names.get(slug) ?? slug;
    name.textContent = `${n + 1}. ${title}`;
    item.append(name);
    for (const [text, about, able, act] of [
      ["↑", _("Earlier: {title}", { title }), n > 0, () => move(n, n - 1, "↑")],
      ["↓", _("Later: {title}", { title }), n < order.length - 1, () => move(n, n + 1, "↓")],
      ["✕", _("Remove: {title}", { title }), true, () => { order.splice(n, 1); say(_("{title} was removed.", { title })); drawOrder({ at: Math.min(n, order.length - 1), text: "✕" }); update(); }],
    ]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.dataset.text = text;
      button.setAttribute("aria-label", about);
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
  say(placeOf(order[to], to));
  update();
};

$("#chosen").addEventListener("change", async () => {
  const on = $("#chosen").checked;
  $("#order").hidden = !on;
  if (on && !order.length) {
    const told = await ask(`api/session?${query(options(form))}`).catch(() => ({}));
    order.push(...(told.positions ?? []));
  }
  drawOrder();
  update();
});

$("#add").addEventListener("click", () => {
  order.push($("#more").value);
  drawOrder();
  say(placeOf($("#more").value, order.length - 1));
  update();
});

// building

let job = null;
let source = null;

/** What a build does, in words. */
const stageOf = ({ state, doing, error }) => {
  if (state === "failed") return error;
  if (state === "working") return { Speaking: _("Speaking …"), Encoding: _("Encoding …"), Formats: _("Encoding …"), Stems: _("Encoding …") }[doing] ?? _("Starting …");
  return { waiting: _("Waiting for another build …"), done: _("Built."), cancelled: _("Cancelled; nothing was left behind.") }[state];
};

const watch = (id) => {
  source?.close(); // one bar is one build
  job = id;
  keep("job", id);
  const events = new EventSource(`api/jobs/${id}`);
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
    const stage = stageOf(told);
    const share = told.state === "working" && told.of ? percent(Math.floor(100 * told.done / told.of) / 100) : "";
    tell($("#stage"), share ? `${stage} ${share}` : stage, told.state === "failed" ? SERVER : "");
    if (stage !== before) { say(stage, $("#stage").lang); before = stage; }
    if (["done", "failed", "cancelled"].includes(told.state)) ended(events, told);
  });
  events.addEventListener("error", () => {
    if (events.readyState !== EventSource.CLOSED) return; // it connects again by itself
    setTimeout(async () => { // a page that is left comes here too, and not further
      if (job !== id) return;
      try {
        await ask(`api/jobs/${id}`);
        watch(id);
      } catch (error) {
        if (error.status) ended(events, { state: "failed" }, error.message, error.language); else watch(id); // else the server is only away
      }
    }, 1000);
  });
};

const ended = (events, told, why, language) => {
  events.close();
  job = null;
  keep("job");
  const here = [$("#cancel"), $("#build"), document.body].includes(document.activeElement);
  $("#progress").hidden = $("#cancel").hidden = true;
  if (why) tell($("#stage"), why, language);
  if (told.state !== "done") {
    if (here) $("#build").focus();
    return;
  }
  $("#built").hidden = false;
  $("#built-name").textContent = _("{name} is ready.", { name: told.name }); // whatever is chosen above meanwhile
  for (const [id, ending] of [["mp3", ".mp3"], ["words", ".txt"], ["chapters", ".chapters.json"]]) $(`#built-${id}`).href = `media/${encodeURIComponent(told.name)}${ending}`;
  if (here) $("#built-mp3").focus(); // who is writing is not disturbed
};

const build = async () => {
  for (let before = null; before !== asking;) { before = asking; await asking; } // the newest answer
  if ($("#build").getAttribute("aria-disabled") === "true") { say($("#problem").textContent, $("#problem").lang); return; }
  try {
    const told = await ask("api/build", { method: "POST", body: chosen() });
    if (told.id !== job) watch(told.id);
    else await ask(`api/jobs/${job}`, { method: "DELETE" }).catch(() => null); // it is watched already, and wanted once
  } catch (error) {
    if (error instanceof Refused) problem(error.message, error.language); else throw error;
  }
};

let isStarting = false; // a second press is the same wish
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (isStarting) return;
  isStarting = true;
  try { await build(); } finally { isStarting = false; }
});

$("#cancel").addEventListener("click", async () => {
  if (!job) return;
  const told = await ask(`api/jobs/${job}`, { method: "DELETE" }).catch(() => null);
  if (told?.wanted) ended(source, { state: "cancelled" }, _("Someone else asked for this build too, so it continues."));
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
if (form.elements.script.options.length) update(); else problem(_("There is no session yet: write a script below."));
editor.begin();
