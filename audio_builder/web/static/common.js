// What all pages share: asking the server, lengths in words, and the length that is chosen.

export const $ = (selector) => document.querySelector(selector);

export const say = (text) => { $("#status").textContent = text; };

export const keep = (key, value) => {
  try { value === undefined ? localStorage.removeItem(key) : localStorage.setItem(key, value); } catch { /* a private window */ }
};
export const kept = (key) => { try { return localStorage.getItem(key); } catch { return null; } };

export class Refused extends Error {
  constructor(told) { super(told.error ?? "the server did not say why"); this.told = told; }
}

/** The JSON of an address; Refused with what the server says, or with words of ours where it cannot be reached. */
export const ask = async (address, { method = "GET", body, signal } = {}) => {
  let answer;
  try {
    const headers = body === undefined ? {} : { "Content-Type": "application/json" };
    answer = await fetch(address, { method, headers, body: body && JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused({ error: "The server cannot be reached. Is it running, and are you in its network?" });
  }
  const told = await answer.json().catch(() => ({ error: `the server answered ${answer.status}` }));
  if (!answer.ok) throw new Refused(told);
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

export const words = (seconds) => {
  const parts = [[Math.floor(seconds / 3600), "hour"], [Math.floor(seconds / 60) % 60, "minute"], [seconds % 60, "second"]];
  return parts.filter(([n]) => n).map(([n, unit]) => `${n} ${unit}${n === 1 ? "" : "s"}`).join(" ") || "nothing";
};

/** The seconds that somebody typed: 12 (minutes), 12m, 1h 10m, 12:30; null for anything else. */
export const typed = (text) => {
  const clean = text.trim().toLowerCase().replace(",", ".");
  let found = /^(\d+(?:\.\d+)?)$/.exec(clean);
  if (found) return Math.round(Number(found[1]) * 60);
  found = /^(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)$/.exec(clean);
  if (found) return Number(found[1] ?? 0) * 3600 + Number(found[2]) * 60 + Number(found[3]);
  found = /^(?:(\d+)\s*h(?:ours?|rs?)?)?\s*(?:(\d+)\s*m(?:in(?:ute)?s?)?)?\s*(?:(\d+)\s*s(?:ec(?:ond)?s?)?)?$/.exec(clean);
  if (!clean || !found) return null;
  return Number(found[1] ?? 0) * 3600 + Number(found[2] ?? 0) * 60 + Number(found[3] ?? 0);
};

/** What a form asks for, as the server's options: empty ones left out. */
export const options = (form) => Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));

export const query = (asked) => new URLSearchParams(asked).toString();

export const later = (wait, what) => {
  let timer;
  return (...given) => { clearTimeout(timer); timer = setTimeout(() => what(...given), wait); };
};

/** The slider and the typed length beside it. `changed` is called with the seconds, or null where what was typed is no
 * length that the session can have. */
export class Length {
  constructor(changed) {
    [this.slider, this.field, this.possible] = [$("#slider"), $("#length"), $("#possible")];
    [this.changed, this.seconds, this.ranges, this.steps] = [changed, null, [], []];
    this.touched = false; // until somebody chooses, each session has its own length
    this.slider.addEventListener("input", () => { this.touched = true; this.set(this.steps[this.slider.valueAsNumber]); });
    this.field.addEventListener("change", () => this.read());
    this.field.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); this.read(); } });
  }

  /** The lengths that are possible, as [shortest, longest] in milliseconds each, and the one to begin with. */
  allow(ranges, preferred) {
    this.ranges = ranges.map(([low, high]) => [Math.ceil(low / 1000), Math.floor(high / 1000)]);
    const every = (from, to, step) => Array.from({ length: (to - from) / step + 1 }, (_, n) => from + n * step);
    const minutes = [...every(5, 59, 1), ...every(60, 115, 5), ...every(120, 480, 15)].map((n) => n * 60);
    const all = [...minutes, ...this.ranges.flat()].filter((n) => this.fits(n));
    this.steps = [...new Set(all)].sort((a, b) => a - b);
    this.slider.max = String(Math.max(0, this.steps.length - 1));
    this.possible.textContent = this.ranges.length
      ? `Possible: ${this.ranges.map(([low, high]) => low === high ? words(low) : `${words(low)} to ${words(high)}`).join(", and ")}.`
      : "No length is possible.";
    const wanted = this.touched ? this.seconds : preferred;
    this.set(wanted !== null && this.fits(wanted) ? wanted : preferred);
  }

  fits(seconds) { return this.ranges.some(([low, high]) => low <= seconds && seconds <= high); }

  read() {
    const seconds = typed(this.field.value);
    this.touched = true;
    if (seconds !== null && this.fits(seconds)) { this.set(seconds); return; }
    this.seconds = null;
    this.field.setAttribute("aria-invalid", "true");
    this.changed(null, seconds === null
      ? "Write a length like 12, 12m, 1h10m or 12:30."
      : `${words(seconds)}: that is not possible here. ${this.possible.textContent}`);
  }

  set(seconds) {
    if (seconds === undefined) return;
    this.seconds = seconds;
    this.field.removeAttribute("aria-invalid");
    this.field.value = show(seconds);
    const near = this.steps.reduce((best, step, n) => Math.abs(step - seconds) < Math.abs(this.steps[best] - seconds) ? n : best, 0);
    this.slider.value = String(near);
    this.slider.setAttribute("aria-valuetext", words(seconds));
    this.changed(seconds, "");
  }
}
