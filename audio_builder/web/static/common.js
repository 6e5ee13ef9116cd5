// What all pages share: asking the server, lengths, and the length that is chosen.

import { _, list, minutes, words } from "./language.js";

export const $ = (selector) => document.querySelector(selector);

/** Shows a text: one of the page, or one in another `language`, such as what the server says. */
export const tell = (element, text, language = "") => {
  element.textContent = text;
  if (language) element.lang = language; else element.removeAttribute("lang");
};

export const say = (text, language) => tell($("#status"), text, language);

/** The path below which the server is, such as /relax; empty for none. Pages are right below it, so that their relative addresses are too. */
export const ROOT = new URL("..", import.meta.url).pathname.slice(0, -1);

// what other pages of this host keep has other names
export const keep = (key, value) => {
  try { value === undefined ? localStorage.removeItem(ROOT + key) : localStorage.setItem(ROOT + key, value); } catch { /* a private window */ }
};
export const kept = (key) => { try { return localStorage.getItem(ROOT + key); } catch { return null; } };

export const SERVER = "en"; // the language of what the server says

export class Refused extends Error {
  constructor(told, status = 0) {
    super(told.error ?? _("The server gave no reason."));
    [this.status, this.language] = [status, told.error ? SERVER : ""];
  }
}

const unreachable = (text, status) => Object.assign(new Refused({}, status), { message: text });

/** The JSON of an address; Refused with what the server says, or with words of ours where it cannot be reached. */
export const ask = async (address, { method = "GET", body, signal } = {}) => {
  let answer;
  try {
    const isFile = body instanceof Blob;
    const type = isFile ? "application/octet-stream" : "application/json";
    const headers = { Accept: "application/json", ...(body !== undefined && { "Content-Type": type }) };
    answer = await fetch(address, { method, headers, body: isFile ? body : body && JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw unreachable(_("Cannot reach the server. Is it running, and are you on the same network?"));
  }
  const told = await answer.json().catch(() => null);
  if (!told) throw unreachable(_("The server answered {status}.", { status: answer.status }), answer.status);
  if (!answer.ok) throw new Refused(told, answer.status);
  return told;
};

export const clock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
};

/** As the program writes lengths: 1h5m, 37m30s. */
export const show = (seconds) => {
  const parts = [[Math.floor(seconds / 3600), "h"], [Math.floor(seconds / 60) % 60, "m"], [seconds % 60, "s"]];
  return parts.filter(([n]) => n).map(([n, unit]) => n + unit).join("") || "0s";
};

/** The seconds that somebody typed: 12 (minutes), 12m, 1h 10m, 12:30, in the units of every language of the page; null for anything else. */
export const typed = (text) => {
  const clean = text.trim().toLowerCase().replace(",", ".");
  let found = /^(\d+(?:\.\d+)?)$/.exec(clean);
  if (found) return Math.round(Number(found[1]) * 60);
  found = /^(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)$/.exec(clean);
  if (found) return Number(found[1] ?? 0) * 3600 + Number(found[2]) * 60 + Number(found[3]);
  found = /^(?:(\d+)\s*(?:h|hrs?|hours?|std\.?|stunden?|horas?|heures?))?[\s,]*(?:(\d+)\s*(?:m|min\.?|mins|minutes?|minuten?|minutos?))?[\s,]*(?:(\d+)\s*(?:s|secs?\.?|seconds?|sek\.?|sekunden?|seg\.?|segundos?|secondes?))?$/.exec(clean);
  if (!clean || !found) return null;
  return Number(found[1] ?? 0) * 3600 + Number(found[2] ?? 0) * 60 + Number(found[3] ?? 0);
};

/** A text in the language that it is in, as screen readers need it. */
export const put = (element, text, language) => {
  element.textContent = text;
  element.dir = "auto";
  if (language) element.lang = language;
};

/** What a form asks for, as the server's options: empty ones left out. */
export const options = (form) => {
  const asked = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
  return asked.variation === "today" ? { ...asked, variation: today() } : asked;
};

/** The date here, as the server takes it. */
const today = () => {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
};

export const query = (asked) => new URLSearchParams(asked).toString();

export const later = (wait, what) => {
  let timer;
  return (...given) => { clearTimeout(timer); timer = setTimeout(() => what(...given), wait); };
};

export const WRITE_A_LENGTH = () => _("Write a length like 12, 12m, 1h10m or 12:30.");
export const notPossible = (seconds) => _("{length} is not possible here.", { length: words(seconds) });
const possible = ([low, high]) => low === high ? words(low) : _("{shortest} to {longest}", { shortest: words(low), longest: words(high) });

const CHIPS = [10, 20, 30, 45]; // minutes

/** The usual lengths as buttons, the typed one and, on some pages, a slider. `changed` is called when somebody has chosen; until then each session has
 * its own length. */
export class Length {
  constructor(changed) {
    [this.slider, this.field, this.possible] = [$("#slider"), $("#length"), $("#possible")];
    this.seconds = null; // what was chosen or is the session's own; null where what was typed is no length
    this.chosen = false;
    this.ranges = null; // what is possible, in seconds; null until the server has said it
    this.steps = [];
    const choose = (seconds) => { this.choose(seconds); changed(); };
    this.chips = $("#chips");
    this.chips.addEventListener("click", (event) => { if (event.target.dataset.seconds) choose(Number(event.target.dataset.seconds)); });
    this.slider?.addEventListener("input", () => { if (this.steps.length) choose(this.steps[this.slider.valueAsNumber]); });
    this.field.addEventListener("change", () => choose(typed(this.field.value)));
    this.field.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); choose(typed(this.field.value)); } });
    if (this.field.value) this.choose(typed(this.field.value)); // written before this script was there
  }

  /** The length as it is asked of the server; nothing where it is the session's own. */
  get asked() { return this.chosen && this.seconds !== null ? { length: `${this.seconds}s` } : {}; }

  /** What is wrong with it, in words; empty where nothing is. */
  get fault() {
    if (this.seconds === null) return this.chosen ? WRITE_A_LENGTH() : "";
    return this.fits(this.seconds) ? "" : `${notPossible(this.seconds)} ${this.possible.textContent}`;
  }

  fits(seconds) { return this.ranges === null || this.ranges.some(([low, high]) => low <= seconds && seconds <= high); }

  choose(seconds) { [this.chosen, this.seconds] = [true, seconds]; this.draw(); }

  /** The lengths that are possible, as [shortest, longest] in milliseconds each, and the session's own. */
  allow(ranges, own) {
    this.ranges = ranges.map(([low, high]) => [Math.ceil(low / 1000), Math.floor(high / 1000)]);
    const every = (from, to, step) => Array.from({ length: (to - from) / step + 1 }, (_, n) => from + n * step);
    const minutes = [...every(5, 59, 1), ...every(60, 115, 5), ...every(120, 480, 15)].map((n) => n * 60);
    this.steps = [...new Set([...minutes, ...this.ranges.flat()])].filter((n) => this.fits(n)).sort((a, b) => a - b);
    if (this.slider) this.slider.max = String(Math.max(0, this.steps.length - 1));
    const offered = [Math.round(own / 1000), ...CHIPS.map((n) => n * 60)].filter((n) => this.fits(n));
    this.drawChips([...new Set(offered)].sort((a, b) => a - b));
    this.possible.textContent = this.ranges.length
      ? _("Possible: {lengths}.", { lengths: list(this.ranges.map(possible)) })
      : _("No length is possible.");
    if (!this.chosen) this.seconds = Math.round(own / 1000);
    this.draw(document.activeElement !== this.field); // who is writing is not disturbed
  }

  drawChips(lengths) {
    const shown = [...this.chips.children].map((one) => Number(one.dataset.seconds));
    if (String(shown) === String(lengths)) return; // one of them may have the focus
    this.chips.replaceChildren(...lengths.map((seconds) => {
      const chip = document.createElement("button");
      chip.type = "button";
      chip.dataset.seconds = String(seconds);
      chip.textContent = seconds % 60 ? clock(seconds) : minutes(seconds / 60);
      return chip;
    }));
  }

  draw(write = true) {
    this.field.setAttribute("aria-invalid", String(Boolean(this.fault)));
    for (const chip of this.chips.children) chip.setAttribute("aria-pressed", String(Number(chip.dataset.seconds) === this.seconds));
    if (this.seconds === null) return;
    if (write) this.field.value = show(this.seconds);
    if (!this.slider) return;
    const away = (n) => Math.abs(this.steps[n] - this.seconds);
    const near = this.steps.reduce((best, _, n) => away(n) < away(best) ? n : best, 0);
    this.slider.value = String(near);
    this.slider.setAttribute("aria-valuetext", words(this.steps[near] ?? this.seconds));
  }
}
