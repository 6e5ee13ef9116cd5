// What a text that is being written would be: the figure and the moment of the line, the timeline, and its sound.

import { $, Refused, SERVER, ask, clock, later, query, tell } from "./common.js";
import { _, list } from "./language.js";

let editor = null;
let sound = true; // whether the text has no errors
let latest = 0;
let shown = ""; // the address of the timeline that is shown

/** The line that the cursor is in, from 1. */
const line = () => editor.text.value.slice(0, editor.text.selectionStart).split("\n").length;

const draft = () => ({ name: editor.current().name, text: editor.text.value, line: String(line()) });

const draw = async () => {
  const mine = ++latest;
  if (!sound || !editor.current().name) return;
  let told;
  try {
    told = await ask("api/preview", { method: "POST", body: draft() });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    told = { problem: error.message, saidIn: error.language };
  }
  if (mine !== latest) return;
  $("#preview").hidden = false;
  const { here, problem } = told;
  if (problem) tell($("#preview-about"), problem, told.saidIn ?? SERVER); else tell($("#preview-about"), moment(told));
  const figure = $("#preview-figure");
  figure.hidden = !here?.figure;
  if (here?.figure) [figure.src, figure.alt, figure.lang] = [here.figure.image, here.figure.alt, told.language];
  const timeline = $("#preview-timeline");
  timeline.hidden = Boolean(problem);
  if (problem) return;
  if (shown) URL.revokeObjectURL(shown);
  shown = URL.createObjectURL(new Blob([told.picture], { type: "image/svg+xml" }));
  timeline.src = shown;
  const chapters = list(told.chapters.map((one) => `${clock(one.start_ms / 1000)} ${one.title}`));
  timeline.alt = _("The timeline of {title}: {chapters}", { title: told.title, chapters });
};
const drawSoon = later(400, draw);

/** Where the line is in the session, in words. */
const moment = ({ here, length_ms: length, estimated }) => {
  const values = { chapter: here.chapter, time: clock(here.start_ms / 1000), length: clock(length / 1000) };
  if (here.chapter) return estimated ? _("{chapter}, at {time} of {length}, estimated until it is spoken", values) : _("{chapter}, at {time} of {length}", values);
  return estimated ? _("{time} of {length}, estimated until it is spoken", values) : _("{time} of {length}", values);
};

/** To be called when the text was checked. */
export const refresh = (isSound) => {
  sound = isSound;
  if (isSound) drawSoon();
  else {
    latest += 1; // an answer that is on its way is about a text without the fault
    if ($("#preview-timeline").hidden) $("#preview").hidden = true; // the list of problems says the same
  }
};

/** The sentence around the cursor, or what is selected. */
const sentence = () => {
  const { selectionStart: from, selectionEnd: to, value } = editor.text;
  if (to > from) return value.slice(from, to);
  const begin = value.lastIndexOf("\n", from - 1) + 1;
  const end = value.indexOf("\n", from);
  const row = value.slice(begin, end < 0 ? value.length : end).replace(/^(#+|-)\s/, "");
  const parts = [...row.matchAll(/.*?[.!?…]["”’)]*(?=\s|$)|.+$/g)];
  const found = parts.find((part) => begin + part.index + part[0].length >= from) ?? parts.at(-1);
  return found ? found[0].trim() : "";
};

let asking = null; // what ends the question that goes on

/** Plays what the server answers, and says why where it does not. */
const play = async (address, request) => {
  asking?.abort();
  const mine = asking = new AbortController();
  const said = $("#said");
  said.pause();
  editor.status(_("Speaking …"));
  let answer;
  try {
    answer = await fetch(address, { ...request, signal: mine.signal });
  } catch (error) {
    if (error.name !== "AbortError") editor.status(_("Cannot reach the server."));
    return;
  }
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    if (told.error) editor.status(told.error, SERVER); else editor.status(_("Could not speak it."));
    return;
  }
  const blob = await answer.blob();
  if (mine !== asking) return;
  if (said.src) URL.revokeObjectURL(said.src);
  said.src = URL.createObjectURL(blob);
  said.hidden = false;
  await said.play().catch(() => {});
  editor.status("");
};

const hear = () => {
  const wanted = sentence();
  if (!wanted) { editor.status(_("Put the cursor into a sentence first.")); return; }
  if (wanted.length > 600) { editor.status(_("That is too long to try at once. Try one or two sentences.")); return; }
  const voice = /^voice:\s*(\S+)/m.exec(editor.text.value.split(/^---\s*$/m)[1] ?? "")?.[1];
  play(`api/sentence.wav?${query({ text: wanted, ...(voice && { voice }) })}`);
};

const playHere = () => {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  play("api/hear", { method: "POST", headers, body: JSON.stringify(draft()) });
};

export const begin = (own) => {
  editor = own;
  $("#hear").addEventListener("click", hear);
  $("#play-here").addEventListener("click", playHere);
  let before = 0;
  document.addEventListener("selectionchange", () => {
    if (document.activeElement !== editor.text) return;
    const now = line();
    if (now !== before) { before = now; drawSoon(); }
  });
};
