// The files of scripts: copy, rename and remove one, with undo, and bring recordings and pictures.

import { $, Refused, ask, say, tell as show } from "./common.js";
import * as completion from "./completion.js";
import { _ } from "./language.js";

let editor = null;
const SAVE_FIRST = () => _("Save it first.");
let own = false; // whether the script that is open is the author's

const at = (name, action) => `api/scripts/${encodeURIComponent(name)}/${action}`;

/** Calls `act`; what the server refuses is told by `tell`, with its language. */
const tried = async (act, tell = editor.status) => {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell(error.message, error.language);
    return null;
  }
};

export const opened = (told) => {
  own = Boolean(told.own && told.was);
  for (const button of [$("#rename"), $("#remove")]) button.setAttribute("aria-disabled", String(!own));
  $("#copy").setAttribute("aria-disabled", String(!told.was));
};

/** A script that was saved, in all lists: it can be composed at once. */
export const listed = (told) => {
  opened(told);
  const which = $("#which");
  if (![...which.options].some((one) => one.value === told.name)) which.add(new Option(told.title ?? told.name, told.name, true, true));
  document.dispatchEvent(new CustomEvent("script-saved", { detail: told }));
};

const gone = (name) => {
  [...$("#which").options].find((one) => one.value === name)?.remove();
  document.dispatchEvent(new CustomEvent("script-gone", { detail: { name } }));
};

// copy, rename, remove

const naming = $("#naming");
let agreed = null; // what is done with the name

const askName = (title, verb, first, act) => {
  $("#naming-name").textContent = title;
  $("#naming-go").textContent = verb;
  $("#naming-field").value = first;
  show($("#naming-problem"), "");
  agreed = act;
  naming.showModal();
  $("#naming-field").select();
};

const named = async (event) => {
  event.preventDefault();
  const wanted = $("#naming-field").value.trim();
  const problem = (words, language) => show($("#naming-problem"), words, language);
  if (!wanted) { problem(_("Type a name, e.g. my-evening.")); return; }
  const told = await tried(() => agreed(wanted), problem);
  if (told) naming.close();
};

const copy = () => {
  const { name, was } = editor.current();
  if (!was) { editor.status(SAVE_FIRST()); return; }
  if (!editor.mayLeave()) return;
  askName(_("Copy {name}", { name }), _("Copy"), `${name}-2`, async (to) => {
    const told = await ask(at(name, "copy"), { method: "POST", body: { to } });
    editor.open(told);
    listed(told);
    editor.status(_("This is the copy, {name}.", { name: to }));
    return told;
  });
};

const cannot = (why) => editor.status(editor.current().was ? why : SAVE_FIRST());

const rename = () => {
  if (!own) { cannot(_("This script comes with the program, so you cannot rename it. Copy it instead.")); return; }
  const { name, was } = editor.current();
  if (!editor.mayLeave()) return;
  askName(_("Rename {name}", { name }), _("Rename"), name, async (to) => {
    const told = await ask(at(name, "rename"), { method: "POST", body: { to, was } });
    gone(name);
    editor.open(told);
    listed(told);
    editor.status(_("Renamed from {from} to {to}.", { from: name, to }));
    return told;
  });
};

const remove = async () => {
  if (!own) { cannot(_("This script comes with the program, so you cannot remove it. Copy it instead.")); return; }
  const { name, was } = editor.current();
  if (!editor.mayLeave()) return;
  const told = await tried(() => ask(at(name, "remove"), { method: "POST", body: { was } }));
  if (!told) return;
  editor.close();
  if (!told.shipped) gone(name);
  const row = $("#undo-row");
  row.hidden = false;
  const [shown, values] = [row.querySelector("span"), { name }];
  show(shown, told.shipped ? _("{name} was removed. The one that comes with the program is used again.", values) : _("{name} was removed.", values));
  say(shown.textContent);
  const undo = $("#undo");
  undo.onclick = async () => {
    const back = await tried(() => ask(at(name, "restore"), { method: "POST", body: {} }), (words, language) => show(shown, words, language));
    if (!back) return;
    editor.open(back);
    listed(back);
    editor.status(_("{name} is back.", values));
  };
  undo.focus();
};

// recordings and pictures

const bring = async (replace) => {
  const [file] = $("#bring-file").files;
  if (!file) return;
  const tell = (words, language) => { show($("#bring-status"), words, language); say(words, language); };
  $("#bring-row").hidden = true;
  tell(_("Uploading …"));
  let told;
  try {
    told = await ask(`api/files/${encodeURIComponent(file.name)}${replace ? "?replace=yes" : ""}`, { method: "POST", body: file });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell(error.message, error.language);
    $("#bring-row").hidden = error.status !== 409;
    if (error.status !== 409) $("#bring-file").value = ""; // so that the same file can be chosen again
    return;
  }
  $("#bring-file").value = "";
  completion.refresh();
  const spoken = _("the words you say");
  if (told.kind === "recording") editor.insert(`[play ${told.file}: ${spoken}]`);
  tell(told.kind === "recording"
    ? _("{file} was added, and plays where the cursor was. After the colon, write its words for the transcript.", { file: told.file })
    : _("{file} was added. To show it, write {line} between the two --- lines at the top.", { file: told.file, line: `figure: ${told.file}` }));
};

export const begin = (from) => {
  editor = from;
  $("#copy").addEventListener("click", copy);
  $("#rename").addEventListener("click", rename);
  $("#remove").addEventListener("click", remove);
  $("#naming-form").addEventListener("submit", named);
  $("#naming-not").addEventListener("click", () => naming.close());
  $("#bring-file").addEventListener("change", () => bring(false));
  $("#bring-replace").addEventListener("click", () => bring(true));
};
