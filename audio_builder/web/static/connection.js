// Says within two seconds that the server cannot be reached, and plays on by itself when it is back.

import { isKept } from "./keep.js";
import { _ } from "./language.js";

const LATE = 700; // ms without sound after which the server is asked
const ANSWER = 1000; // ms that it has for its answer
const AGAIN = 1500; // ms between two questions

export const LOST = _("The connection is lost. Playback continues by itself when it's back.");

export class Connection {
  /** `player` has the session, `tell(text)`, `tellAbout()`, and `begin(place)`, which loads the sound again. */
  constructor(audio, player) {
    [this.audio, this.player, this.timer, this.lost] = [audio, player, 0, false];
    // not every browser tells that it waits, so the time is watched too
    for (const name of ["waiting", "stalled", "seeking", "timeupdate"]) audio.addEventListener(name, () => { if (!this.lost) this.later(LATE); });
    audio.addEventListener("playing", () => this.back());
    addEventListener("offline", () => this.ask());
    addEventListener("online", () => { if (this.lost) this.ask(); });
  }

  get concerned() { return Boolean(this.player.session) && !isKept(this.player.session); }

  /** Whether there is no sound although there should be, or none came since the timer was set. */
  get waits() {
    const { audio } = this;
    const stands = audio.seeking || audio.readyState < HTMLMediaElement.HAVE_FUTURE_DATA || audio.currentTime === this.then;
    return stands && !audio.paused && !audio.ended;
  }

  later(ms) {
    clearTimeout(this.timer);
    this.then = this.audio.currentTime;
    this.timer = setTimeout(() => { if (this.lost || this.waits) this.ask(); }, ms);
  }

  async ask() {
    if (!this.concerned) return;
    const { session } = this.player;
    const answer = await fetch("healthz", { cache: "no-store", signal: AbortSignal.timeout(ANSWER) }).catch(() => null);
    if (this.player.session !== session) return;
    if (!answer) {
      if (!this.lost) this.player.tell(LOST);
      this.lost = true;
      this.later(AGAIN);
    } else if (this.lost) {
      this.back();
      if (this.waits || this.audio.error) this.player.begin(this.player.place || this.audio.currentTime);
    } else this.later(2 * AGAIN); // it is there, and only slow
  }

  back() {
    clearTimeout(this.timer);
    if (this.lost && this.player.session) this.player.tellAbout();
    this.lost = false;
  }
}
