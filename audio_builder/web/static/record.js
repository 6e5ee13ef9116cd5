// To record a voice: one sentence at a time, in large type.

import { $, Refused, SERVER, ask, keep, kept, put, query, say, tell } from "./common.js";
import { _, ngettext, number, pgettext } from "./language.js";
import { Microphone, possible } from "./microphone.js";
import * as pending from "./pending.js";

const LOUD = -1; // dBFS: above it, the sound is clipped
const NOISY = -45; // dBFS of a room in which nobody speaks
const LEAD = 500; // ms of silence before somebody speaks
const NEVER = 422; // the status of a take that cannot be used
const PATIENCE = 60_000; // ms for one take on its way
const AGAIN = 30_000; // ms until what waits on this device is sent again
const onward = 900; // ms that the message of a take is seen before the next sentence comes

const form = $("#begin");
let plan = null; // {script, voice, language, sentences}
let at = 0; // the sentence that is shown
let microphone = null;
let recording = null; // {peak, quiet, since} while something is recorded
let isBusy = false; // while a take is on its way

const AWAY = () => _("The server cannot be reached. Your take is kept on this device, and will be sent later.");
const isAway = ({ status }) => status === 0 || status >= 500;
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
  if (!recording) tell($("#state"), one.was ? _("This sentence was changed. It was: {text}", { text: one.was }) : STATES[one.state]());
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
  form.querySelector("[type=submit]").setAttribute("aria-disabled", String(Boolean(recording || isBusy)));
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
  if (recording.peak > LOUD) hint(_("Too loud: it is clipped. Move away from the microphone, and record it again."));
  else if (recording.quiet > NOISY) hint(_("There is background noise: the microphone picks up sound even when you are silent."));
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
  try {
    await open();
    microphone.start();
  } catch (error) {
    const why = error.name === "NotAllowedError" ? _("The microphone is blocked. Allow it for this page in the browser's settings.")
      : error.name === "NotFoundError" ? _("No microphone was found. Connect one, and try again.")
        : _("The microphone cannot be used: {reason}", { reason: error.message });
    problem(why);
    return;
  }
  recording = { peak: -60, quiet: -60, since: performance.now() };
  tell($("#state"), _("Recording. Wait a moment, then read."));
  drawKey();
};

const stop = async () => {
  const { script, voice } = plan;
  const { text } = sentence();
  const where = at;
  isBusy = true;
  drawKey();
  try {
    const sound = await microphone.stop();
    const clipped = recording.peak > LOUD;
    recording = null;
    drawKey();
    const take = { script, voice, text, sound, since: Date.now() };
    await send({ ...take, key: await pending.put(take) }, where, clipped);
  } finally {
    recording = null;
    isBusy = false;
    drawKey();
  }
};

let line = Promise.resolve(); // takes go to the server one after another, in the order in which they were recorded

/** Brings a take to the server and returns what it says of it, or null if a newer take of the sentence is there already. What the server does not
 * take stays on this device, unless it can never be used. */
const bring = (take) => (line = line.catch(() => { /* that of another take */ }).then(() => brought(take)));

const brought = async ({ script, voice, text, sound, key, since }) => {
  const waiting = await pending.all();
  if (!waiting.some((one) => one.key === key)) return null;
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    const told = await ask(`api/takes?${query({ script, voice, text })}`, { method: "POST", body: sound, signal });
    // an older take that came later would be used instead
    for (const one of waiting) if (one.voice === voice && one.text === text && one.since <= since) await pending.remove(one.key);
    const where = script === plan.script && voice === plan.voice ? plan.sentences.findIndex((one) => one.text === text) : -1;
    if (where >= 0) plan.sentences[where] = told;
    return told;
  } catch (error) {
    if (error instanceof Refused && error.status === NEVER) await pending.remove(key);
    throw error;
  }
};

/** Sends what was just recorded. */
const send = async (take, where, clipped) => {
  const warned = $("#hint").hidden ? "" : $("#hint").textContent;
  tell($("#state"), _("Checking…"));
  try {
    const told = await bring(take);
    draw();
    say(warned || _("Recorded."));
    if (told?.advice) tell($("#state"), told.advice, SERVER);
    if ($("#onward").checked && where === at && !told?.advice && !clipped) setTimeout(() => { if (where === at && !recording) toMissing(); }, onward);
    sendPending();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    draw();
    if (warned) say(warned);
    if (isAway(error)) { problem(AWAY()); return; }
    problem(error.message, error.language);
    if (error.status !== NEVER) tell($("#state"), _("Your take is kept on this device, and sent later."));
  }
};

let isSending = false;

/** Sends what was recorded for this voice and script, and what the server did not take then. Unless it is `asked` for, it says
 * only what is new. */
const sendPending = async (asked = false) => {
  if (isSending) return;
  isSending = true;
  const { script, voice } = plan;
  let sent = 0;
  try {
    for (const take of await pending.all()) {
      if (take.script !== script || take.voice !== voice) continue;
      try {
        if (await bring(take)) sent += 1;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (asked || error.status === NEVER) problem(error.message, error.language);
        if (isAway(error)) break;
      }
    }
  } finally { isSending = false; }
  if (!sent) return;
  if ($("#problem").textContent === AWAY()) problem("");
  draw();
  say(ngettext("{n} take from before was sent.", "{n} takes from before were sent.", sent));
};

const begin = async () => {
  if (recording || isBusy) return; // else the take would be one of another sentence
  const asked = Object.fromEntries(new FormData(form));
  asked.voice = asked.voice.trim();
  if (!asked.voice) return;
  problem("");
  try {
    const told = await ask(`api/takes?${query(asked)}`);
    if (recording || isBusy) return; // it began meanwhile
    plan = { script: asked.script, ...told };
  } catch (error) { refused(error); return; }
  keep("recording", JSON.stringify(asked));
  history.replaceState(null, "", `?${query(asked)}`);
  $("#recorder").hidden = false;
  at = Math.min(Number(kept(`record:${plan.script}:${plan.voice}`) ?? 0), plan.sentences.length - 1);
  if (sentence().use) toMissing(at - 1);
  draw();
  $("#sentence").focus({ preventScroll: true });
  $("#recorder").scrollIntoView(); // else the button would cover the sentence on a phone
  await sendPending(true);
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
addEventListener("beforeunload", (event) => { if (recording || isBusy || pending.isOnlyHere()) event.preventDefault(); });
const again = () => { if (plan && !recording && !isBusy) sendPending(); };
addEventListener("online", again);
setInterval(again, AGAIN);

if (!possible) problem(_("This browser lets pages record only over https or on the computer itself (localhost). You can also record with another program, and import the file with audio-builder takes."));
const before = JSON.parse(kept("recording") ?? "{}");
if (before.voice && !$("#voice").value) $("#voice").value = before.voice;
if (before.script && !new URLSearchParams(location.search).has("script")) $("#script").value = before.script;
if (new URLSearchParams(location.search).has("voice")) begin();
