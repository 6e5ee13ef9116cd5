// One session being played: its chapters, where it is, the lock screen's buttons, and where it was left.

import { $, clock, keep, kept, say, words } from "./common.js";

const LEFT = 5; // seconds between two notes of where it is

export class Player {
  constructor() {
    this.audio = $("#audio");
    this.session = null;
    const audio = this.audio;
    $("#toggle").addEventListener("click", () => this.toggle());
    $("#back").addEventListener("click", () => this.by(-15));
    $("#on").addEventListener("click", () => this.by(30));
    $("#seek").addEventListener("input", () => this.to($("#seek").valueAsNumber));
    audio.addEventListener("timeupdate", () => this.draw());
    audio.addEventListener("seeked", () => this.draw());
    for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, () => this.drawKeys());
    audio.addEventListener("ended", () => keep(`place:${this.session.address}`));
    audio.addEventListener("error", () => this.failed());
  }

  /** Plays a session: {address, title, about, image, length (seconds), chapters: [{start, title}]}, from `place`. Is to
   * be called where somebody pressed something: else browsers play nothing. */
  play(session, place = 0) {
    this.session = session;
    this.tries = 0;
    $("#playing").textContent = session.title;
    $("#about").textContent = session.about;
    $("#whole").textContent = clock(session.length);
    $("#seek").max = String(Math.floor(session.length));
    this.drawChapters();
    this.begin(place);
    this.lockScreen();
  }

  begin(place) {
    const audio = this.audio;
    audio.src = this.session.address;
    audio.preload = "auto";
    if (place > 0) audio.addEventListener("loadedmetadata", () => { audio.currentTime = place; }, { once: true });
    audio.play().catch(() => { /* another press came, or `error` tells */ });
    this.draw();
  }

  stop() {
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
    this.session = null;
  }

  toggle() { this.audio.paused ? this.audio.play().catch(() => {}) : this.audio.pause(); }

  to(seconds) {
    const end = this.session.length - 0.05;
    this.audio.currentTime = Math.min(Math.max(0, seconds), end);
    this.draw();
  }

  by(seconds) { this.to(this.audio.currentTime + seconds); }

  chapter() { return this.session.chapters.findLastIndex((one) => one.start <= this.audio.currentTime + 0.05); }

  go(n) {
    if (n < 0 || n >= this.session.chapters.length) return;
    this.to(this.session.chapters[n].start);
    if (this.audio.paused) this.toggle();
  }

  drawChapters() {
    const { chapters, length } = this.session;
    const strip = $("#strip");
    for (const part of strip.querySelectorAll(".part")) part.remove();
    const list = $("#chapters");
    list.replaceChildren();
    this.parts = chapters.map((one, n) => {
      const part = document.createElement("div");
      part.className = "part";
      part.style.flex = String(Math.max(0.1, (chapters[n + 1]?.start ?? length) - one.start));
      strip.append(part);
      return part;
    });
    this.buttons = chapters.map((one, n) => {
      const [item, button, time, title] = ["li", "button", "time", "span"].map((name) => document.createElement(name));
      button.type = "button";
      time.textContent = clock(one.start);
      title.textContent = one.title;
      title.dir = "auto";
      button.append(time, title);
      button.addEventListener("click", () => this.go(n));
      item.append(button);
      list.append(item);
      return button;
    });
  }

  draw() {
    if (!this.session) return;
    const [at, { length, chapters, address }] = [this.audio.currentTime, this.session];
    const n = this.chapter();
    const title = chapters[n]?.title ?? "";
    $("#here").style.left = `${(100 * at / length).toFixed(3)}%`;
    $("#now").textContent = clock(at);
    if ($("#chapter").textContent !== title) $("#chapter").textContent = title;
    const seek = $("#seek");
    seek.value = String(Math.floor(at));
    seek.setAttribute("aria-valuetext", `${words(Math.floor(at))} of ${words(Math.floor(length))}${title ? `, ${title}` : ""}`);
    this.parts.forEach((part, k) => part.classList.toggle("now", k === n));
    this.buttons.forEach((button, k) => k === n ? button.setAttribute("aria-current", "true") : button.removeAttribute("aria-current"));
    if (at > 10 && Math.abs(at - (this.noted ?? -LEFT)) >= LEFT) { this.noted = at; keep(`place:${address}`, at.toFixed(1)); }
    if (navigator.mediaSession?.setPositionState) {
      try { navigator.mediaSession.setPositionState({ duration: length, position: Math.min(at, length), playbackRate: this.audio.playbackRate }); } catch { /* not known yet */ }
    }
  }

  drawKeys() {
    const playing = !this.audio.paused && !this.audio.ended;
    $("#toggle").textContent = playing ? "Pause" : "Play";
    if (navigator.mediaSession) navigator.mediaSession.playbackState = playing ? "playing" : "paused";
  }

  lockScreen() {
    const media = navigator.mediaSession;
    if (!media) return;
    const { title, image, chapters } = this.session;
    media.metadata = new MediaMetadata({ title, artist: document.title, artwork: [{ src: new URL(image, location.href).href, sizes: "3000x3000", type: "image/jpeg" }] });
    const before = () => this.audio.currentTime - (chapters[this.chapter()]?.start ?? 0) > 3 ? this.chapter() : this.chapter() - 1;
    const actions = {
      play: () => this.audio.play(), pause: () => this.audio.pause(),
      seekbackward: () => this.by(-15), seekforward: () => this.by(30), seekto: (to) => this.to(to.seekTime),
      previoustrack: () => this.go(Math.max(0, before())), nexttrack: () => this.go(this.chapter() + 1),
    };
    for (const [name, action] of Object.entries(actions)) { try { media.setActionHandler(name, action); } catch { /* not known here */ } }
  }

  /** The server says why it sends nothing; what is only not spoken yet is asked for again. */
  async failed() {
    const session = this.session;
    if (!session || !this.audio.src) return;
    const place = this.audio.currentTime;
    let answer = null;
    try { answer = await fetch(session.address, { headers: { Range: "bytes=0-0" } }); } catch { /* told below */ }
    if (this.session !== session) return;
    const waiting = answer?.status === 503;
    const why = answer ? (answer.ok ? "" : (await answer.text()).trim()) : "The server cannot be reached, and this session is not kept on this device.";
    if (this.tries < 40 && (waiting || answer?.ok)) {
      this.tries += 1;
      $("#about").textContent = waiting ? "Its sentences are still being spoken; it begins by itself." : session.about;
      say($("#about").textContent);
      setTimeout(() => { if (this.session === session) this.begin(place); }, waiting ? 2000 : 500);
    } else {
      $("#about").textContent = why;
      say(why);
    }
  }

  /** Where this session was left, in seconds; 0 where it was not begun, or heard to its end. */
  static left(address) { return Number(kept(`place:${address}`) ?? 0); }
}
