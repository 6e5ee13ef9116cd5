// To record a voice: one sentence at a time, in large type.

import { $, Refused, SERVER, ask, keep, kept, put, query, say, tell } from "./common.js";
import { _, ngettext, number, pgettext } from "./language.js";
import { Microphone, possible } from "./microphone.js";
import * as pending from "./pending.js";

const LOUD = -1; // dBFS: above it, the sound is clipped
const NOISY = -45; // dBFS of a room in which nobody speaks
const LEAD = 500; // ms of silence before somebody speaks
const onward = 900; // ms that the message of a take is seen before the next sentence comes

const form = $("#begin");
let plan = null; // {script, voice, language, sentences}
let at = 0; // the sentence that is shown
let microphone = null;
let recording = null; // {peak, quiet, since} while something is recorded
let isBusy = false; // while a take is on its way

const problem = (text, language) => tell($("#problem"), text, language);
const sentence = () => plan.sentences[at];
const hint = (text) => { $("#hint").hidden = !text; tell($("#hint"), text); };

const STATES = { recorded: () => _("Recorded."), unsure: () => _("Not sure yet: listen, and choose a take."), changed: () => _("This sentence was changed. Record it again."), missing: () => _("Not recorded yet.") };

const draw = () => {
  const one = sentence();
  const done = plan.sentences.filter(({ use }) => use).length;
  put($("#part"), one.part, plan.language);
  put($("#sentence"), one.text, plan.language);
  $("#sentence").dataset.number = String(one.number);
  tell($("#count"), _("Sentence {n} of {total}", { n: number(one.number), total: number(plan.sentences.length) }));
  $("#done").value = done / plan.sentences.length;
  $("#done").setAttribute("aria-valuetext", ngettext("{n} sentence recorded", "{n} sentences recorded", done));
  tell($("#state"), one.was ? _("This sentence was changed. It was: {text}", { text: one.was }) : STATES[one.state]());
  $("#hear").setAttribute("aria-disabled", String(!one.use && !one.takes.length));
  $("#back").setAttribute("aria-disabled", String(at === 0));
  $("#next").setAttribute("aria-disabled", String(at === plan.sentences.length - 1));
  $("#missing").hidden = done === plan.sentences.length;
  $("#finished").hidden = done < plan.sentences.length;
  drawTakes(one);
  drawKey();
};

const drawKey = () => {
  const key = $("#record");
  tell(key, recording ? pgettext("recording", "Stop") : sentence().takes.length ? _("Record again") : pgettext("recording", "Record"));
  key.classList.toggle("on", Boolean(recording));
  key.setAttribute("aria-disabled", String(isBusy));
};

const drawTakes = (one) => {
  $("#takes-row").hidden = one.takes.length < 2 && one.state !== "unsure";
  $("#takes").replaceChildren(...one.takes.map((take, n) => {
    const row = document.createElement("li");
    row.className = "row";
    const name = document.createElement("span");
    name.className = "grow";
    tell(name, take.file === one.use ? _("Take {n}, in use", { n: number(n + 1) }) : _("Take {n}", { n: number(n + 1) }));
    const button = (text, does) => Object.assign(document.createElement("button"), { type: "button", textContent: text, onclick: does });
    row.append(name, button(pgettext("recording", "Listen"), () => hear(take.file)));
    if (take.file !== one.use) row.append(button(_("Use it"), () => use(take.file)));
    return row;
  }));
};

const go = (to) => {
  if (recording || to < 0 || to >= plan.sentences.length) return;
  at = to;
  keep(`record:${plan.script}:${plan.voice}`, String(at));
  hint("");
  draw();
};

const toMissing = (from = at) => {
  const order = [...plan.sentences.keys()].map((n) => (from + 1 + n) % plan.sentences.length);
  const found = order.find((n) => !plan.sentences[n].use);
  if (found !== undefined) go(found);
};

const hear = async (file = sentence().use || sentence().takes.at(-1)?.file) => {
  if (!file || recording) return;
  const said = $("#said");
  said.src = `api/takes/sound.wav?${query({ voice: plan.voice, file })}`;
  await said.play().catch(() => say(_("This take cannot be played.")));
};

const use = async (file) => {
  try {
    const { script, voice } = plan;
    plan.sentences[at] = await ask("api/takes/use", { method: "POST", body: { script, voice, text: sentence().text, file } });
    draw();
    say(_("This take is in use now."));
  } catch (error) { refused(error); }
};

const refused = (error) => {
  if (!(error instanceof Refused)) throw error;
  problem(error.message, error.language);
};

const heard = (level, peak) => {
  $("#level").value = Math.max(-60, level);
  if (!recording) return;
  recording.peak = Math.max(recording.peak, peak);
  if (performance.now() - recording.since < LEAD) recording.quiet = Math.max(recording.quiet, level);
  if (recording.peak > LOUD) hint(_("Too loud: it is clipped. Go farther from the microphone, and record it again."));
  else if (recording.quiet > NOISY) hint(_("It is noisy here: even without a word, the microphone hears something."));
};

const open = async () => {
  if (microphone && !microphone.isGone) return;
  microphone?.close();
  microphone = await Microphone.open(heard);
};

const start = async () => {
  $("#said").pause();
  problem("");
  hint("");
  try { await open(); } catch (error) {
    const why = error.name === "NotAllowedError" ? _("The microphone is blocked. Allow it for this page in the browser's settings.")
      : error.name === "NotFoundError" ? _("No microphone was found. Connect one, and try again.")
        : _("The microphone cannot be used: {reason}", { reason: error.message });
    problem(why);
    return;
  }
  microphone.start();
  recording = { peak: -60, quiet: -60, since: performance.now() };
  tell($("#state"), _("Recording. Wait a moment, then read."));
  drawKey();
};

const stop = async () => {
  const clipped = recording.peak > LOUD;
  isBusy = true;
  const sound = await microphone.stop();
  recording = null;
  drawKey();
  const take = { script: plan.script, voice: plan.voice, text: sentence().text, sound };
  const key = await pending.put(take).catch(() => null); // a private window has no place for it
  await send({ ...take, key }, clipped);
  isBusy = false;
  drawKey();
};

/** Brings a take to the server. What cannot be brought stays on this device until it can. */
const send = async (take, clipped = false) => {
  const { script, voice, text, sound, key } = take;
  const where = plan.sentences.findIndex((one) => one.text === text);
  tell($("#state"), _("Checking…"));
  try {
    const told = await ask(`api/takes?${query({ script, voice, text })}`, { method: "POST", body: sound });
    if (key !== null) await pending.remove(key);
    if (where >= 0) plan.sentences[where] = told;
    draw();
    say(_("Recorded."));
    if (told.advice) tell($("#state"), told.advice, SERVER);
    if ($("#onward").checked && where === at && !told.advice && !clipped) setTimeout(() => { if (where === at && !recording) toMissing(); }, onward);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const isAway = error.status === 0 || error.status >= 500;
    if (!isAway && key !== null) await pending.remove(key);
    draw();
    if (isAway) problem(_("The server is away. Your take is kept on this device, and sent later.")); else problem(error.message, error.language);
  }
};

/** Sends what was recorded for this voice and script while the server was away. */
const sendPending = async () => {
  const waiting = await pending.all().catch(() => []);
  const mine = waiting.filter(({ script, voice }) => script === plan.script && voice === plan.voice);
  for (const take of mine) await send(take);
  if (mine.length) say(ngettext("{n} take from before was sent.", "{n} takes from before were sent.", mine.length));
};

const begin = async () => {
  const asked = Object.fromEntries(new FormData(form));
  asked.voice = asked.voice.trim();
  if (!asked.voice) return;
  problem("");
  try {
    plan = { script: asked.script, ...(await ask(`api/takes?${query(asked)}`)) };
  } catch (error) { refused(error); return; }
  keep("recording", JSON.stringify(asked));
  history.replaceState(null, "", `?${query(asked)}`);
  $("#recorder").hidden = false;
  at = Math.min(Number(kept(`record:${plan.script}:${plan.voice}`) ?? 0), plan.sentences.length - 1);
  if (sentence().use) toMissing(at - 1);
  draw();
  $("#sentence").focus({ preventScroll: true });
  $("#recorder").scrollIntoView(); // else the button would cover the sentence on a phone
  await sendPending();
};

const toggle = () => {
  if (isBusy || !plan) return;
  if (recording) stop(); else start();
};

form.addEventListener("submit", (event) => { event.preventDefault(); begin(); });
$("#record").addEventListener("click", toggle);
$("#back").addEventListener("click", () => go(at - 1));
$("#next").addEventListener("click", () => go(at + 1));
$("#missing").addEventListener("click", () => toMissing());
$("#hear").addEventListener("click", () => hear());
document.addEventListener("keydown", (event) => {
  if (!plan || event.target.closest("input, select, button, summary, textarea, a")) return;
  const does = { " ": toggle, ArrowLeft: () => go(at - 1), ArrowRight: () => go(at + 1) }[event.key];
  if (does && !event.repeat) { event.preventDefault(); does(); }
});
addEventListener("beforeunload", (event) => { if (recording || isBusy) event.preventDefault(); });
addEventListener("online", () => { if (plan && !isBusy) sendPending(); });

if (!possible) problem(_("This browser lets pages record only over https or on the computer itself (localhost). You can also record with another program, and import the file with audio-builder takes."));
const before = JSON.parse(kept("recording") ?? "{}");
if (before.voice && !$("#voice").value) $("#voice").value = before.voice;
if (before.script && !new URLSearchParams(location.search).has("script")) $("#script").value = before.script;
if (new URLSearchParams(location.search).has("voice")) begin();
