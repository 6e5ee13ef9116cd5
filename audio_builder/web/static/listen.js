// To choose a session, press play, and lie down.

import { $, Length, ROOT, Refused, SERVER, ask, clock, keep, kept, options, put, query, say, tell } from "./common.js";
import { Player } from "./player.js";
import * as device from "./keep.js";
import { _, pgettext, words } from "./language.js";
import { changeLength } from "./lengths.js";
import * as shelf from "./shelf.js";

const form = $("#choose");
const play = $("#play");
const player = new Player();
let told = null; // what the server says of what is chosen
let asking = null; // the newest question
const length = new Length(() => update());

const address = ({ script, ...rest }) => `${ROOT}/media/${script}.mp3${query(rest) ? `?${query(rest)}` : ""}`;

const problem = (text, language) => {
  tell($("#problem"), text, language);
  play.setAttribute("aria-disabled", String(Boolean(text)));
};

/** Asks what the session is that is chosen, and shows it. */
const update = () => {
  const asked = { ...options(form), ...length.asked };
  keep("chosen", JSON.stringify({ ...Object.fromEntries(new FormData(form)), seconds: length.chosen ? length.seconds : null }));
  const mine = (asking = ask(`api/session?${query(asked)}`).then((answer) => {
    if (mine !== asking) return;
    length.allow(answer.lengths_ms, answer.default_ms);
    told = sessionOf(answer, { ...asked, length: `${length.seconds}s` });
    if (length.fault) problem(length.fault); else problem(answer.problem, SERVER);
    if (!length.fault) draw();
  }, (error) => {
    if (mine !== asking) return;
    told = null;
    if (!(error instanceof Refused)) throw error;
    problem(error.message, error.language);
  }));
  if (length.fault) problem(length.fault);
  return mine;
};

const draw = () => {
  $("#props").hidden = !told.props_line;
  put($("#props"), told.props_line ?? "", told.language);
  const left = Player.left(told.address);
  $("#resume-row").hidden = !left;
  $("#resume").textContent = _("Resume at {time}", { time: clock(left) });
  play.textContent = left ? _("Play from the start") : _("Play");
};

/** A session as the player takes it, from what the server says of it when it is `asked` for that. */
const sessionOf = (answer, asked) => ({
  asked,
  address: address(asked),
  title: answer.title,
  language: answer.language,
  cautions: answer.cautions,
  props_line: answer.props_line,
  ready: answer.ready,
  about: answer.props_line || answer.summary,
  image: address(asked).replace(".mp3", ".jpg"),
  length: (answer.length_ms ?? 0) / 1000,
  lengths: answer.lengths_ms.map(([low, high]) => [Math.ceil(low / 1000), Math.floor(high / 1000)]),
  breaths: answer.breaths?.map((one) => ({ start: one.start_ms / 1000, end: (one.start_ms + one.length_ms) / 1000, phases: one.phases_ms.map((ms) => ms / 1000) })),
  chapters: (answer.chapters ?? []).map((one) => ({
    start: one.start_ms / 1000, title: one.title,
    figure: one.figure && { address: `${ROOT}/figures/${answer.script}/${one.figure.file}`, alt: one.figure.alt },
  })),
});

const start = (what, place = 0) => {
  document.body.classList.add("playing");
  form.hidden = true;
  $("#player").hidden = false;
  $("#download").href = what.address;
  $("#longer-row").hidden = !what.asked || device.isKept(what);
  player.play(what, place);
  shelf.remember(what);
  drawKeep();
  drawFavourite();
  $("#playing").focus();
  window.scrollTo({ top: 0 });
};

/** Before the first session, and before one that asks for more: what to know of it. `go` is called in the press that agrees. */
const careful = ({ cautions = [], language }, go) => {
  const read = new Set((kept("cautions") ?? "").split(" "));
  const ids = cautions.filter((one) => one.named).map((one) => one.id);
  if (ids.every((id) => read.has(id))) { go(); return; }
  const items = (texts) => texts.map((text) => {
    const item = document.createElement("li");
    put(item, text, language);
    return item;
  });
  $("#cautions-list").replaceChildren(...items(cautions.filter((one) => one.named).map((one) => one.short || one.text)));
  $("#cautions-full").replaceChildren(...items(cautions.map((one) => one.text)));
  const dialog = $("#cautions");
  $("#agreed").onclick = () => { keep("cautions", [...read, ...ids].join(" ").trim()); dialog.close(); go(); };
  $("#not-now").onclick = () => dialog.close();
  dialog.showModal();
};

/** Plays what was chosen when the button was pressed, once the server has said what that is. A later choice needs another press. */
const press = async (resume) => {
  const chosen = () => JSON.stringify([options(form), length.asked]);
  const pressed = chosen();
  if (!told) update(); // the server was away
  for (let before = null; before !== asking;) { before = asking; await asking; } // the newest answer
  if (chosen() !== pressed) return;
  if (!told || play.getAttribute("aria-disabled") === "true") { say($("#problem").textContent, $("#problem").lang); return; }
  const what = told;
  careful(what, () => start(what, resume ? Player.left(what.address) : 0));
};

form.addEventListener("submit", (event) => { event.preventDefault(); press(false); });
$("#resume").addEventListener("click", () => press(true));
form.addEventListener("change", (event) => { if (event.target.name) update(); });

const leave = () => {
  player.stop();
  document.body.classList.remove("playing");
  $("#player").hidden = true;
  form.hidden = false;
  if (told) draw();
  drawMine();
  play.focus();
};

$("#another").addEventListener("click", leave);

$("#longer").addEventListener("click", () => changeLength(player, (answer, asked, place) => {
  start(sessionOf(answer, asked), place);
  say(_("Now {length}, at the same place.", { length: words(Math.round(answer.length_ms / 1000)) }));
}));

// voice and sound, in one sheet

const sheet = $("#sheet");
$("#options").addEventListener("click", () => sheet.showModal());
$("#sheet-done").addEventListener("click", () => sheet.close());
sheet.addEventListener("close", () => $("#sample").pause());
sheet.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.matches("select")) event.preventDefault(); });

for (const button of document.querySelectorAll("[data-sample]")) {
  button.addEventListener("click", async () => {
    const { sample } = button.dataset;
    const audio = $("#sample");
    $("#sample-problem").textContent = "";
    audio.src = `api/sample.wav?${query({ sound: sample, [sample]: form.elements[sample].value })}`;
    try { await audio.play(); } catch (error) {
      if (error.name !== "AbortError") $("#sample-problem").textContent = _("Nothing to hear here.");
    }
  });
}

// favourites, and what was played last

const drawFavourite = () => {
  $("#favourite").hidden = !player.session.asked;
  $("#favourite").setAttribute("aria-pressed", String(shelf.isFavourite(player.session)));
};

$("#favourite").addEventListener("click", () => {
  shelf.setFavourite(player.session, !shelf.isFavourite(player.session));
  drawFavourite();
});

const drawMine = () => {
  const played = shelf.recent().filter((one) => !device.has(one)); // what is kept is listed there
  const rows = [...shelf.favourites().map((one) => [one, true]), ...played.map((one) => [one, false])];
  $("#mine").hidden = !rows.length || !navigator.onLine;
  $("#mine-list").replaceChildren(...rows.map(([one, isFavourite]) => {
    const [item, name, go] = ["li", "span", "button"].map((tag) => document.createElement(tag));
    name.className = "grow";
    put(name, `${isFavourite ? "★ " : ""}${one.title}, ${clock(one.length)}`, one.language);
    go.type = "button";
    go.textContent = _("Play");
    const about = { title: one.title, length: words(Math.floor(one.length)) };
    go.setAttribute("aria-label", isFavourite ? _("Play {title}, {length}, a favourite", about) : _("Play {title}, {length}", about));
    go.addEventListener("click", async () => {
      try {
        const answer = await ask(`api/session?${query(one.asked)}`);
        if (answer.problem) throw new Refused({ error: answer.problem }, 400);
        const what = sessionOf(answer, one.asked);
        careful(what, () => start(what, Player.left(what.address)));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        item.replaceChildren(name, go, ...refused(one, about, error));
        say(error.message, error.language);
      }
    });
    item.append(name, go);
    return item;
  }));
};

/** Why a session in the list cannot be played and, if the server says so, what takes it out of the list. */
const refused = (one, about, error) => {
  const [why, away] = ["span", "button"].map((tag) => document.createElement(tag));
  why.className = "problem";
  tell(why, error.message, error.language);
  if (error.status < 400 || error.status >= 500) return [why];
  away.type = "button";
  away.textContent = _("Remove");
  away.setAttribute("aria-label", _("Remove {title}, {length}", about));
  away.addEventListener("click", () => {
    shelf.forget(one);
    drawMine();
    say(_("{title} was removed.", { title: one.title }));
    ($("#mine").hidden ? play : $("#mine-name")).focus();
  });
  return [away, why];
};

for (const button of document.querySelectorAll("[data-episode]")) {
  button.addEventListener("click", async () => {
    const base = `${ROOT}/media/${button.dataset.episode}`;
    const alts = JSON.parse(button.dataset.alts);
    const figureOf = (address) => {
      const path = address && new URL(address).pathname;
      return path && { address: path, alt: alts[path.split("/").pop()] };
    };
    const found = await ask(`${base}.chapters.json`).catch(() => ({ chapters: [] }));
    const what = {
      address: `${base}.mp3`, image: `${base}.jpg`, title: button.dataset.title, about: button.dataset.episode,
      language: button.dataset.language, cautions: JSON.parse(button.dataset.cautions),
      length: Number(button.dataset.length),
      chapters: found.chapters.map((one) => ({ start: one.startTime, title: one.title, figure: figureOf(one.img) })),
    };
    careful(what, () => start(what, Player.left(what.address)));
  });
}

// what is kept on this device

let keeping = null; // what ends the keeping that goes on

const drawKeep = () => {
  const what = player.session;
  const there = device.has(what);
  $("#keep").hidden = !device.possible;
  $("#keep").textContent = keeping ? _("Cancel saving") : there ? _("Remove from this device") : _("Save on this device");
  $("#keep-about").textContent = device.possible
    ? (there ? _("It plays without a network.") : "")
    : _("Browsers can save sessions only over https, or on the computer that runs the program. Download the MP3 instead; it plays anywhere.");
};

$("#keep").addEventListener("click", async () => {
  const what = player.session;
  if (keeping) { keeping.abort(); return; }
  if (device.has(what)) {
    await device.remove(what);
    say(_("Removed."));
  } else {
    const bar = $("#keeping");
    bar.hidden = false;
    keeping = new AbortController();
    drawKeep();
    try {
      await device.store(what, (share) => { bar.value = share; }, keeping.signal);
      say(_("Saved on this device."));
    } catch (error) {
      say(error.name === "AbortError" ? _("Cancelled.") : _("Could not save it: {reason}", { reason: error.message }));
    }
    keeping = null;
    bar.hidden = true;
  }
  if (player.session) drawKeep();
  drawKept();
});

const drawKept = () => {
  const all = device.list();
  $("#kept").hidden = !all.length;
  $("#kept-list").replaceChildren(...all.map((one) => {
    const [item, name, go, away] = ["li", "span", "button", "button"].map((tag) => document.createElement(tag));
    name.className = "grow";
    put(name, `${one.title}, ${clock(one.length)}`, one.language);
    go.type = away.type = "button";
    go.textContent = _("Play");
    away.textContent = _("Remove");
    const about = { title: one.title, length: words(Math.floor(one.length)) };
    go.setAttribute("aria-label", _("Play {title}, {length}", about));
    away.setAttribute("aria-label", _("Remove {title}, {length}", about));
    go.addEventListener("click", () => careful(one, () => start(one, Player.left(one.address))));
    away.addEventListener("click", async () => {
      await device.remove(one);
      drawKept();
      say(_("{title} was removed.", { title: one.title }));
      ($("#kept").hidden ? play : $("#kept-name")).focus();
    });
    item.append(name, go, away);
    return item;
  }));
};

// what was chosen the last time

const before = JSON.parse(kept("chosen") ?? "{}");
for (const [name, value] of Object.entries(before)) {
  for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
    if (field.type === "radio") field.checked = field.value === value || (field.checked && !form.querySelector(`[value="${CSS.escape(value)}"]`));
    else if ([...field.options].some((one) => one.value === value)) field.value = value;
  }
}
if (before.seconds) length.choose(before.seconds);

// without a network, what is kept comes first

const drawOffline = () => {
  const offline = !navigator.onLine && device.list().length > 0;
  $("#offline").hidden = !offline;
  drawMine();
  if (offline) form.before($("#kept")); else $("#mine").after($("#kept"));
};
for (const name of ["online", "offline"]) addEventListener(name, drawOffline);

device.begin();
drawKept();
drawOffline();
if (form.querySelector("[name=script]")) update(); else problem(_("There is no script to play yet."));
