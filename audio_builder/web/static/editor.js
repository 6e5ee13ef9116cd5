// A script in the page: its problems underlined where the parser finds them, what it would be, and saving.

import { $, Refused, ask, keep, kept, later, say } from "./common.js";
import * as completion from "./completion.js";
import * as files from "./files.js";
import * as preview from "./preview.js";

const text = $("#text");
const behind = $("#behind");
let name = "";
let was = ""; // what the server had when this text was opened
let saved = "";
let faults = [];

const status = (words, near = $("#editor").hidden ? $("#pasting") : $(".sheet .bottom")) => {
  const shown = $("#write-status");
  if (shown.previousElementSibling !== near) near.after(shown);
  shown.textContent = words;
  say(words);
};

/** The place in the text of a line and column, which count from 1. */
const at = (line, column) => {
  let begin = 0;
  for (let n = 1; n < line; n += 1) {
    const end = text.value.indexOf("\n", begin);
    if (end < 0) return text.value.length;
    begin = end + 1;
  }
  return Math.min(begin + column - 1, text.value.length);
};

/** The text behind the field, see-through but for what is underlined. */
const underline = () => {
  const value = text.value;
  const spans = faults.map((one) => {
    const begin = at(one.line, one.column);
    const end = value.indexOf("\n", begin);
    const most = end < 0 ? value.length : end;
    return [Math.min(begin, Math.max(0, most - 1)), Math.max(begin + 1, Math.min(begin + one.width, most))];
  }).sort((a, b) => a[0] - b[0]);
  const parts = [];
  let done = 0;
  for (const [begin, end] of spans) {
    if (begin < done) continue;
    const mark = document.createElement("mark");
    mark.textContent = value.slice(begin, end);
    parts.push(value.slice(done, begin), mark);
    done = end;
  }
  behind.replaceChildren(...parts, `${value.slice(done)}\n`);
  behind.scrollTop = text.scrollTop;
};

/** Scrolls a place of the text into the middle of the field: the text behind it has the same lines. */
const reveal = (place) => {
  const here = document.createElement("span");
  behind.replaceChildren(text.value.slice(0, place), here, text.value.slice(place));
  const top = here.offsetTop;
  underline();
  text.scrollTop = top - text.clientHeight / 3;
};

const show = (told, kind) => {
  faults = told.errors;
  const all = [...told.errors.map((one) => [one, ""]), ...(told.advice ?? []).map((one) => [one, "advice: "])];
  $("#faults-name").textContent = told.errors.length
    ? `${told.errors.length} ${told.errors.length === 1 ? "problem" : "problems"}`
    : `No problems${all.length ? ", some advice" : ""}`;
  $("#faults").replaceChildren(...all.map(([one, before]) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `Line ${one.line}`;
    button.setAttribute("aria-label", `Go to line ${one.line}, column ${one.column}`);
    button.addEventListener("click", () => {
      const place = at(one.line, one.column);
      text.focus();
      text.setSelectionRange(place, place + one.width);
      reveal(place);
    });
    const words = document.createElement("span");
    words.className = "grow";
    words.textContent = `${before}${one.message}`;
    item.append(button, words);
    if (one.hint) {
      const cure = document.createElement("span");
      cure.className = "cure soft";
      cure.textContent = one.hint;
      item.append(cure);
    }
    return item;
  }));
  text.setAttribute("aria-invalid", String(Boolean(told.errors.length)));
  underline();
  if (kind) say($("#faults-name").textContent);
};

let latest = 0;
const check = async () => {
  const mine = ++latest;
  try {
    const told = await ask("/api/check", { method: "POST", body: { name, text: text.value } });
    if (mine !== latest) return;
    show(told, false);
    preview.refresh(told.errors.length === 0);
  } catch (error) { if (error instanceof Refused) status(error.message); }
};

const checkSoon = later(300, check);

/** What was written and not saved, on this device: nothing is lost when the page closes. */
const keepDraft = later(500, () => keep(`draft:${name}`, text.value === saved ? undefined : text.value));

const offerDraft = () => {
  const before = kept(`draft:${name}`);
  $("#draft-row").hidden = before === null || before === text.value;
};

const open = (told) => {
  [name, was, saved] = [told.name, told.was, told.text];
  text.value = told.text;
  $("#undo-row").hidden = true;
  files.opened(told);
  completion.refresh();
  text.lang = /^language:\s*(\S+)/m.exec(told.text)?.[1] ?? "en";
  $("#named").textContent = told.name;
  $("#editor").hidden = false;
  $("#decided").hidden = true;
  status(told.was && !told.own ? "This script comes with the program. Saving creates your own copy, which is used from then on." : "");
  offerDraft();
  check();
  text.focus();
  text.setSelectionRange(0, 0);
};

/** The script that is open, as the server has to know it. */
export const current = () => ({ name, was, text: text.value, isSaved: text.value === saved });

/** Writes at the cursor, in place of what is selected there; the browser can undo it. */
export const insert = (words, from = text.selectionStart, to = text.selectionEnd) => {
  text.focus();
  text.setSelectionRange(from, to);
  if (!document.execCommand("insertText", false, words)) { // only where a browser does not know it
    text.setRangeText(words, from, to, "end");
    text.dispatchEvent(new Event("input"));
  }
};

export const close = () => {
  keep(`draft:${name}`);
  name = "";
  $("#editor").hidden = true;
};

const leaving = () => text.value !== saved && !$("#editor").hidden;
const mayLeave = () => !leaving() || confirm("You have unsaved changes. Leave anyway?");

const opened = async (which, begin) => {
  if (!mayLeave()) return;
  try {
    open(await ask(`/api/scripts/${encodeURIComponent(which)}${begin ? "?new=yes" : ""}`));
  } catch (error) {
    if (error instanceof Refused) status(error.message, $("#pasting")); else throw error;
  }
};

/** A name of a script for the name of a file. */
const slug = (text) => text.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 80);

/** Turns the pasted text, or the file that was chosen, into a script, and opens it with the list of what was changed. */
const paste = async () => {
  const wanted = $("#pasted-name").value.trim();
  const [file] = $("#brought").files;
  if (!file && !$("#pasted").value.trim()) { $("#pasted").focus(); status("Paste your text first, or choose a file.", $("#pasting")); return; }
  if (!wanted) { $("#pasted-name").focus(); status("Type a name first, e.g. my-evening.", $("#pasting")); return; }
  if (!mayLeave()) return;
  try {
    const options = { name: wanted, stretch: $("#stretch").checked ? "yes" : "" };
    const told = await (file
      ? ask(`/api/import?${new URLSearchParams({ ...options, file: file.name })}`, { method: "POST", body: file })
      : ask("/api/import", { method: "POST", body: { ...options, text: $("#pasted").value } }));
    open(told);
    saved = ""; // it is not saved yet
    $("#brought").value = "";
    $("#pasting").open = false;
    showDecisions(told.decisions);
  } catch (error) { if (error instanceof Refused) status(error.message, $("#pasting")); else throw error; }
};

const showDecisions = (decisions) => {
  const asked = decisions.filter((one) => !one.certain).length;
  $("#decided").hidden = !decisions.length;
  $("#decided").open = asked > 0;
  $("#decided-name").textContent = `What was changed: ${decisions.length}${asked ? `, ${asked} for you to decide` : ""}`;
  $("#decisions").replaceChildren(...[...decisions].sort((a, b) => a.certain - b.certain).map((one) => {
    const item = document.createElement("li");
    item.textContent = `${one.certain ? "" : "Please decide: "}line ${one.line}: ${one.message}`;
    return item;
  }));
  status(`Read it, then save it.${asked ? " Some places are for you to decide." : ""}`);
};

let saving = false;
const save = async () => {
  if (saving) return;
  saving = true;
  const [which, written] = [name, text.value];
  try {
    const told = await ask(`/api/scripts/${encodeURIComponent(which)}`, { method: "PUT", body: { text: written, was } });
    if (which !== name) return;
    [was, saved] = [told.was, written];
    keepDraft();
    if (text.value === written) show(told, false);
    status(told.errors.length ? "Saved. It has problems, so it cannot be built yet." : "Saved.");
    files.listed(told);
  } catch (error) {
    if (error instanceof Refused) status(error.message); else throw error;
  } finally {
    saving = false;
  }
};

export const begin = () => {
  $("#open").addEventListener("click", () => { if ($("#which").value) opened($("#which").value, false); });
  $("#new").addEventListener("click", () => {
    const wanted = $("#new-name").value.trim();
    if (wanted) opened(wanted, true); else { $("#new-name").focus(); say("Type a name first, e.g. my-evening."); }
  });
  $("#new-name").addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); $("#new").click(); } });
  $("#write").addEventListener("submit", (event) => { event.preventDefault(); if (name) save(); });
  $("#paste").addEventListener("click", paste);
  $("#brought").addEventListener("change", () => {
    const [file] = $("#brought").files;
    if (file && !$("#pasted-name").value) $("#pasted-name").value = slug(file.name.replace(/\.[^.]*$/, ""));
  });
  $("#draft-back").addEventListener("click", () => { insert(kept(`draft:${name}`) ?? "", 0, text.value.length); $("#draft-row").hidden = true; });
  $("#draft-forget").addEventListener("click", () => { keep(`draft:${name}`); $("#draft-row").hidden = true; text.focus(); });
  text.addEventListener("input", () => { underline(); checkSoon(); keepDraft(); });
  text.addEventListener("scroll", () => { behind.scrollTop = text.scrollTop; });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || !name) return;
    if (event.key.toLowerCase() === "s") { event.preventDefault(); save(); }
    if (event.key === "Enter") { event.preventDefault(); $("#play-here").click(); }
  });
  new ResizeObserver(() => { behind.style.height = `${text.offsetHeight}px`; }).observe(text);
  addEventListener("beforeunload", (event) => { if (leaving()) event.preventDefault(); });
  const editor = { text, behind, current, insert, status, open, close, mayLeave };
  completion.begin(editor);
  preview.begin(editor);
  files.begin(editor);
};
