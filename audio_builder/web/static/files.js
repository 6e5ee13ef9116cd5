// The files of scripts: copy, rename and remove one, with undo, and bring recordings and pictures.

import { $, Refused, ask, say } from "./common.js";
import * as completion from "./completion.js";

let editor = null;
let own = false; // whether the script that is open is the author's

const at = (name, action) => `/api/scripts/${encodeURIComponent(name)}/${action}`;

/** Calls `act`; what the server refuses is told by `tell`. */
const tried = async (act, tell = editor.status) => {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell(error.message);
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
  $("#naming-problem").textContent = "";
  agreed = act;
  naming.showModal();
  $("#naming-field").select();
};

const named = async (event) => {
  event.preventDefault();
  const wanted = $("#naming-field").value.trim();
  const problem = (words) => { $("#naming-problem").textContent = words; };
  if (!wanted) { problem("Type a name, e.g. my-evening."); return; }
  const told = await tried(() => agreed(wanted), problem);
  if (told) naming.close();
};

const copy = () => {
  const { name, was } = editor.current();
  if (!was) { editor.status("Save it first."); return; }
  if (!editor.mayLeave()) return;
  askName(`Copy ${name}`, "Copy", `${name}-2`, async (to) => {
    const told = await ask(at(name, "copy"), { method: "POST", body: { to } });
    editor.open(told);
    listed(told);
    editor.status(`This is the copy, ${to}.`);
    return told;
  });
};

const cannot = (what) => editor.status(editor.current().was ? `This script comes with the program, so you cannot ${what} it. Copy it instead.` : "Save it first.");

const rename = () => {
  if (!own) { cannot("rename"); return; }
  const { name, was } = editor.current();
  if (!editor.mayLeave()) return;
  askName(`Rename ${name}`, "Rename", name, async (to) => {
    const told = await ask(at(name, "rename"), { method: "POST", body: { to, was } });
    gone(name);
    editor.open(told);
    listed(told);
    editor.status(`Renamed from ${name} to ${to}.`);
    return told;
  });
};

const remove = async () => {
  if (!own) { cannot("remove"); return; }
  const { name, was } = editor.current();
  if (!editor.mayLeave()) return;
  const told = await tried(() => ask(at(name, "remove"), { method: "POST", body: { was } }));
  if (!told) return;
  editor.close();
  if (!told.shipped) gone(name);
  const row = $("#undo-row");
  row.hidden = false;
  row.querySelector("span").textContent = `${name} is removed.${told.shipped ? " The one that comes with the program is used again." : ""}`;
  say(row.querySelector("span").textContent);
  const undo = $("#undo");
  undo.onclick = async () => {
    const back = await tried(() => ask(at(name, "restore"), { method: "POST", body: {} }), (words) => { row.querySelector("span").textContent = words; });
    if (!back) return;
    editor.open(back);
    listed(back);
    editor.status(`${name} is back.`);
  };
  undo.focus();
};

// recordings and pictures

const bring = async (replace) => {
  const [file] = $("#bring-file").files;
  if (!file) return;
  const tell = (words) => { $("#bring-status").textContent = words; say(words); };
  $("#bring-row").hidden = true;
  tell("Bringing it …");
  let told;
  try {
    told = await ask(`/api/files/${encodeURIComponent(file.name)}${replace ? "?replace=yes" : ""}`, { method: "POST", body: file });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell(error.message);
    $("#bring-row").hidden = error.status !== 409;
    return;
  }
  $("#bring-file").value = "";
  completion.refresh();
  const words = told.kind === "recording" ? `[play ${told.file}: the words you say]` : `figure: ${told.file}`;
  if (told.kind === "recording") editor.insert(words);
  tell(told.kind === "recording"
    ? `${told.file} is there, and played where the cursor was. Write the words that it says after the colon: they go into the transcript.`
    : `${told.file} is there. To show it, write ${words} between the two lines of --- at the top.`);
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
