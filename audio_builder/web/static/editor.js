// A script in the page: its problems underlined where the parser finds them, what it would be, and saving.

import { $, Refused, SERVER, ask, keep, kept, later, say, tell } from "./common.js";
import * as completion from "./completion.js";
import * as files from "./files.js";
import { _, ngettext, number } from "./language.js";
import * as preview from "./preview.js";

const text = $("#text");
const behind = $("#behind");
let name = "";
let was = ""; // what the server had when this text was opened
let saved = "";
let faults = [];
const TYPE_A_NAME = _("Type a name first, e.g. my-evening.");

const status = (words, language, near = $("#editor").hidden ? $("#pasting") : $(".sheet .bottom")) => {
  const shown = $("#write-status");
  if (shown.previousElementSibling !== near) near.after(shown);
  tell(shown, words, language);
  say(words, language);
};

/** Says what the server refused. */
const refused = (error, near) => {
  if (!(error instanceof Refused)) throw error;
  status(error.message, error.language, near);
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
  const all = [...told.errors.map((one) => [one, false]), ...(told.advice ?? []).map((one) => [one, true])];
  $("#faults-name").textContent = told.errors.length
    ? ngettext("{n} problem", "{n} problems", told.errors.length)
    : all.length ? _("No problems, some advice") : _("No problems");
  $("#faults").replaceChildren(...all.map(([one, isAdvice]) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = _("Line {line}", { line: number(one.line) });
    button.setAttribute("aria-label", _("Line {line}: go to column {column}", { line: number(one.line), column: number(one.column) }));
    button.addEventListener("click", () => {
      const place = at(one.line, one.column);
      text.focus();
      text.setSelectionRange(place, place + one.width);
      reveal(place);
    });
    const words = document.createElement("span");
    words.className = "grow";
    if (isAdvice) {
      const kind = document.createElement("span");
      kind.textContent = _("Advice:");
      const what = document.createElement("span");
      tell(what, one.message, SERVER);
      words.append(kind, " ", what);
    } else tell(words, one.message, SERVER);
    item.append(button, words);
    if (one.hint) {
      const cure = document.createElement("span");
      cure.className = "cure soft";
      tell(cure, one.hint, SERVER);
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
    const told = await ask("api/check", { method: "POST", body: { name, text: text.value } });
    if (mine !== latest) return;
    show(told, false);
    preview.refresh(told.errors.length === 0);
  } catch (error) { if (error instanceof Refused) status(error.message, error.language); }
};

const checkSoon = later(300, check);

/** What was written and not saved, on this device: nothing is lost when the page closes. */
const keepDraft = () => keep(`draft:${name}`, text.value === saved ? undefined : text.value);

let offered = []; // what was written before and not saved, the newest first: kept apart from what is written now

const offer = (drafts) => {
  offered = drafts;
  keep(`drafts:${name}`, drafts.length ? JSON.stringify(drafts) : undefined);
  $("#draft-row").hidden = !drafts.length;
};

const offerDrafts = () => {
  const before = [kept(`draft:${name}`), ...JSON.parse(kept(`drafts:${name}`) ?? "[]")];
  offer([...new Set(before)].filter((draft) => draft !== null && draft !== text.value));
  keepDraft();
};

const open = (told) => {
  [name, was] = [told.name, told.was];
  text.value = told.text;
  saved = text.value; // the field has its own line ends
  $("#undo-row").hidden = true;
  files.opened(told);
  completion.refresh();
  text.lang = /^language:\s*(\S+)/m.exec(told.text)?.[1] ?? "en";
  $("#named").textContent = _("Text of {name}", { name: told.name });
  $("#editor").hidden = false;
  $("#decided").hidden = true;
  status(told.was && !told.own ? _("This script comes with the program. Saving creates your own copy, which is used from then on.") : "");
  offerDrafts();
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
  offer([]);
  name = "";
  $("#editor").hidden = true;
};

const leaving = () => text.value !== saved && !$("#editor").hidden;
const mayLeave = () => !leaving() || confirm(_("You have unsaved changes. Leave anyway?"));

const opened = async (which, begin) => {
  if (!mayLeave()) return;
  try {
    open(await ask(`api/scripts/${encodeURIComponent(which)}${begin ? "?new=yes" : ""}`));
  } catch (error) {
    refused(error, $("#pasting"));
  }
};

/** A name of a script for the name of a file. */
const slug = (text) => text.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 80);

/** Turns the pasted text, or the file that was chosen, into a script, and opens it with the list of what was changed. */
const paste = async () => {
  const wanted = $("#pasted-name").value.trim();
  const [file] = $("#brought").files;
  if (!file && !$("#pasted").value.trim()) { $("#pasted").focus(); status(_("Paste your text first, or choose a file."), "", $("#pasting")); return; }
  if (!wanted) { $("#pasted-name").focus(); status(TYPE_A_NAME, "", $("#pasting")); return; }
  if (!mayLeave()) return;
  try {
    const options = { name: wanted, stretch: $("#stretch").checked ? "yes" : "" };
    const told = await (file
      ? ask(`api/import?${new URLSearchParams({ ...options, file: file.name })}`, { method: "POST", body: file })
      : ask("api/import", { method: "POST", body: { ...options, text: $("#pasted").value } }));
    open(told);
    saved = ""; // it is not saved yet
    keepDraft();
    $("#brought").value = "";
    $("#pasting").open = false;
    showDecisions(told.decisions);
  } catch (error) { refused(error, $("#pasting")); }
};

const showDecisions = (decisions) => {
  const asked = decisions.filter((one) => !one.certain).length;
  $("#decided").hidden = !decisions.length;
  $("#decided").open = asked > 0;
  const changed = { changes: number(decisions.length) };
  $("#decided-name").textContent = asked
    ? ngettext("What was changed: {changes}, {n} of them for you to decide", "What was changed: {changes}, {n} of them for you to decide", asked, changed)
    : _("What was changed: {changes}", changed);
  $("#decisions").replaceChildren(...[...decisions].sort((a, b) => a.certain - b.certain).map((one) => {
    const item = document.createElement("li");
    const [place, what] = ["span", "span"].map((name) => document.createElement(name));
    const line = { line: number(one.line) };
    place.textContent = one.certain ? _("Line {line}:", line) : _("Please decide, line {line}:", line);
    tell(what, one.message, SERVER);
    item.append(place, " ", what);
    return item;
  }));
  status(asked ? _("Read it, then save it. Some places are for you to decide.") : _("Read it, then save it."));
};

let saving = false;
const save = async () => {
  if (saving) return;
  saving = true;
  const [which, written] = [name, text.value];
  try {
    const told = await ask(`api/scripts/${encodeURIComponent(which)}`, { method: "PUT", body: { text: written, was } });
    if (which !== name) return;
    [was, saved] = [told.was, written];
    keepDraft();
    if (text.value === written) show(told, false);
    status(told.errors.length ? _("Saved. It has problems, so it cannot be built yet.") : _("Saved."));
    files.listed(told);
  } catch (error) {
    refused(error);
  } finally {
    saving = false;
  }
};

export const begin = () => {
  $("#open").addEventListener("click", () => { if ($("#which").value) opened($("#which").value, false); });
  $("#new").addEventListener("click", () => {
    const wanted = $("#new-name").value.trim();
    if (wanted) opened(wanted, true); else { $("#new-name").focus(); say(TYPE_A_NAME); }
  });
  $("#new-name").addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); $("#new").click(); } });
  $("#write").addEventListener("submit", (event) => { event.preventDefault(); if (name) save(); });
  $("#paste").addEventListener("click", paste);
  $("#brought").addEventListener("change", () => {
    const [file] = $("#brought").files;
    if (file && !$("#pasted-name").value) $("#pasted-name").value = slug(file.name.replace(/\.[^.]*$/, ""));
  });
  $("#draft-back").addEventListener("click", () => { insert(offered[0], 0, text.value.length); offer(offered.slice(1)); });
  $("#draft-forget").addEventListener("click", () => { offer(offered.slice(1)); text.focus(); });
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
