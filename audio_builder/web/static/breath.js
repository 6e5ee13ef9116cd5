// A circle that grows and shrinks with the paced breath. Whoever asked for less motion sees only the words.

import { $ } from "./common.js";
import { pgettext } from "./language.js";

const still = matchMedia("(prefers-reduced-motion: reduce)");
const SMALLEST = 0.45; // of its size with full lungs

/** Where a breath is: its words, and how full the lungs are, from 0 to 1. `phases` are the seconds in, held, out, held. */
export const breathAt = (phases, seconds) => {
  const [inhale, full, exhale] = phases;
  const at = seconds % phases.reduce((sum, one) => sum + one, 0);
  const ease = (x) => (1 - Math.cos(Math.PI * x)) / 2;
  if (at < inhale) return { words: pgettext("breath", "in"), fullness: ease(at / inhale) };
  if (at < inhale + full) return { words: "", fullness: 1 };
  if (at < inhale + full + exhale) return { words: pgettext("breath", "out"), fullness: 1 - ease((at - inhale - full) / exhale) };
  return { words: "", fullness: 0 };
};

export class BreathGuide {
  constructor(audio) {
    [this.audio, this.circle, this.breaths, this.frame] = [audio, $("#breath"), [], 0];
    document.addEventListener("visibilitychange", () => this.draw());
  }

  /** Shows these blocks of breath: [{start, end, phases}], all in seconds. */
  follow(breaths) { this.breaths = breaths ?? []; this.draw(); }

  draw() {
    cancelAnimationFrame(this.frame);
    const now = this.audio.currentTime;
    const block = this.breaths.find((one) => one.start <= now && now < one.end);
    this.circle.hidden = !block;
    if (!block) return;
    const { words, fullness } = breathAt(block.phases, now - block.start);
    this.circle.firstElementChild.textContent = words;
    this.circle.style.setProperty("--size", still.matches ? "1" : (SMALLEST + (1 - SMALLEST) * fullness).toFixed(3));
    if (!still.matches && !this.audio.paused && !document.hidden) this.frame = requestAnimationFrame(() => this.draw());
  }
}
