// One session being played: its chapters, where it is, the lock screen's buttons, and where it was left.

import { BreathGuide } from "./breath.js";
import { $, SERVER, clock, keep, kept, put, say, tell } from "./common.js";
import { Connection, LOST } from "./connection.js";
import * as dim from "./dim.js";
import { isKept } from "./keep.js";
import { _, words } from "./language.js";

const LEFT = 5; // seconds between two notes of where it is
const SURE = 120; // seconds after which a session that was left before is surely meant to play from its start
const DECODES = 4; // attempts to play what the server did send
const SILENT = _("This browser can't play the sound. Are speakers or headphones connected? Then press Play.");
const WAITING = _("The sentences are still being spoken. Playback starts by itself.");

export class Player {
  constructor() {
    this.audio = $("#audio");
    this.session = null;
    this.place = 0; // where to go on once the sound is there
    this.former = 0; // where the session was left, if it plays from its start now
    const audio = this.audio;
    this.guide = new BreathGuide(audio);
    this.connection = new Connection(audio, this);
    dim.begin(audio);
    audio.addEventListener("loadedmetadata", () => { if (this.place > 0) audio.currentTime = this.place; this.place = 0; });
    audio.addEventListener("playing", () => { this.from = audio.currentTime; if (this.session) this.tellAbout(); });
    $("#toggle").addEventListener("click", () => this.toggle());
    $("#former").addEventListener("click", () => { this.to(this.former); this.drawFormer(0); $("#toggle").focus(); });
    $("#before").addEventListener("click", () => this.go(Math.max(0, this.previous())));
    $("#after").addEventListener("click", () => this.go(this.chapter() + 1));
    document.addEventListener("keydown", (event) => this.key(event));
    $("#back").addEventListener("click", () => this.by(-15));
    $("#on").addEventListener("click", () => this.by(30));
    $("#seek").addEventListener("input", () => this.to($("#seek").valueAsNumber));
    audio.addEventListener("timeupdate", () => { if (audio.currentTime > this.from + 3) this.tries = 0; this.draw(); });
    audio.addEventListener("seeked", () => this.draw());
    for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, () => this.drawKeys());
    audio.addEventListener("ended", () => keep(`place:${this.session.address}`));
    audio.addEventListener("error", () => this.failed());
  }

  /** Plays a session: {address, title, about, language, image, length (seconds), chapters: [{start, title}],
   * breaths: [{start, end, phases}], ready}, from `place`. Is to be called where somebody pressed something: else browsers play nothing. */
  play(session, place = 0) {
    this.session = session;
    this.tries = 0;
    put($("#playing"), session.title, session.language);
    if (session.ready === false) this.tell(WAITING); else this.tellAbout();
    $("#whole").textContent = clock(session.length);
    $("#seek").max = String(Math.floor(session.length));
    this.drawChapters();
    this.loadFigures();
    this.guide.follow(session.breaths);
    this.drawFormer(place ? 0 : Player.left(session.address));
    this.begin(place);
    this.lockScreen();
  }

  begin(place) {
    const audio = this.audio;
    this.place = place;
    audio.src = this.session.address;
    audio.preload = "auto";
    audio.play().catch(() => this.drawKeys()); // another press came, the browser wants one more, or `error` tells
    this.draw();
  }

  tell(text, language = "") {
    if ($("#about").textContent === text) return;
    tell($("#about"), text, language);
    if (text === LOST) say(text);
  }

  tellAbout() { this.tell(this.session.about, this.session.language); }

  /** Space plays and pauses wherever it does nothing else. */
  key(event) {
    const isFree = !event.target.closest("button:not(#dimmed), a, summary, select, textarea, input:not([type=range]), dialog");
    if (event.key !== " " || !this.session || !isFree) return;
    event.preventDefault();
    this.toggle();
  }

  /** The number of the chapter before this one, or of this one if more of it was heard. */
  previous() {
    const n = this.chapter();
    return this.audio.currentTime - (this.session.chapters[n]?.start ?? 0) > 3 ? n : n - 1;
  }

  stop() {
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
    this.session = null;
  }

  toggle() {
    if (this.audio.error) { this.tries = 0; this.begin(this.place || this.audio.currentTime); } // it had given up
    else if (this.audio.paused) this.audio.play().catch(() => this.drawKeys());
    else this.audio.pause();
  }

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
      put(title, one.title, this.session.language);
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
    $("#here").style.insetInlineStart = `${(100 * at / length).toFixed(3)}%`;
    $("#now").textContent = clock(at);
    $("#left").textContent = clock(Math.ceil(length - at));
    this.guide.draw();
    if ($("#chapter").textContent !== title) put($("#chapter"), title, this.session.language);
    this.drawFigure(chapters[n]?.figure);
    const seek = $("#seek");
    seek.value = String(Math.floor(at));
    // while one is on it, it speaks of what one does, not of every second
    if (document.activeElement !== seek || this.audio.seeking || this.audio.paused) seek.setAttribute("aria-valuetext", this.placeInWords(at, title));
    this.parts.forEach((part, k) => part.classList.toggle("now", k === n));
    this.buttons.forEach((button, k) => k === n ? button.setAttribute("aria-current", "true") : button.removeAttribute("aria-current"));
    if (at > (this.former ? SURE : 10) && Math.abs(at - (this.noted ?? -LEFT)) >= LEFT) { this.noted = at; keep(`place:${address}`, at.toFixed(1)); }
    if (navigator.mediaSession?.setPositionState) {
      try { navigator.mediaSession.setPositionState({ duration: length, position: Math.min(at, length), playbackRate: this.audio.playbackRate }); } catch { /* not known yet */ }
    }
  }

  placeInWords(at, chapter) {
    const place = { place: words(Math.floor(at)), length: words(Math.floor(this.session.length)), chapter };
    return chapter ? _("{place} of {length}, {chapter}", place) : _("{place} of {length}", place);
  }

  /** Offers the way back to where the session was left, to somebody who pressed the wrong button. */
  drawFormer(place) {
    this.former = place;
    $("#former-row").hidden = !place;
    $("#former").textContent = _("Go back to {time}", { time: clock(place) });
  }

  /** Loads all figures at once, so that each is there when its chapter begins, even without a network. */
  loadFigures() {
    for (const { figure } of this.session.chapters ?? []) if (figure) new Image().src = figure.address;
  }

  /** Shows how to lie in this chapter. */
  drawFigure(figure) {
    const image = $("#figure");
    image.hidden = !figure;
    if (!figure || image.getAttribute("src") === figure.address) return;
    image.src = figure.address;
    image.alt = figure.alt;
    image.lang = this.session.language ?? "";
  }

  drawKeys() {
    const playing = !this.audio.paused && !this.audio.ended && !this.audio.error;
    $("#toggle").textContent = playing ? _("Pause") : _("Play");
    if (navigator.mediaSession) navigator.mediaSession.playbackState = playing ? "playing" : "paused";
  }

  lockScreen() {
    const media = navigator.mediaSession;
    if (!media) return;
    const { title, image } = this.session;
    media.metadata = new MediaMetadata({ title, artist: document.title, artwork: [{ src: new URL(image, location.href).href, sizes: "3000x3000", type: "image/jpeg" }] });
    const actions = {
      play: () => this.audio.play(), pause: () => this.audio.pause(),
      seekbackward: () => this.by(-15), seekforward: () => this.by(30), seekto: (to) => this.to(to.seekTime),
      previoustrack: () => this.go(Math.max(0, this.previous())), nexttrack: () => this.go(this.chapter() + 1),
    };
    for (const [name, action] of Object.entries(actions)) { try { media.setActionHandler(name, action); } catch { /* not known here */ } }
  }

  /** The server says why it sends nothing. What is only not spoken yet, or out of reach for a while, is asked for again:
   * nobody who sleeps would press anything. */
  async failed() {
    const session = this.session;
    if (!session || !this.audio.src) return;
    const code = this.audio.error?.code;
    let answer = null;
    try { answer = await fetch(session.address, { headers: { Range: "bytes=0-0" } }); } catch { /* told below */ }
    if (this.session !== session) return;
    const away = !answer || answer.ok || answer.status === 503;
    const isDeaf = answer?.ok && code === MediaError.MEDIA_ERR_DECODE && this.tries >= DECODES;
    const isGone = answer?.status === 404 && isKept(session);
    const own = isDeaf ? SILENT : !answer ? LOST : answer.status === 503 ? WAITING : answer.ok ? _("Playback resumes in a moment.")
      : isGone ? _("This session is no longer saved on this device.") : "";
    const why = own || (await answer.text()).trim();
    this.tell(why, own ? "" : SERVER);
    if (this.tries === 0 || !away) say(why, own ? "" : SERVER);
    this.drawKeys();
    if (away && !isDeaf && this.tries < 200) {
      this.tries += 1;
      const again = () => { if (this.session === session && this.audio.error) this.begin(this.place || this.audio.currentTime); };
      setTimeout(again, Math.min(30_000, 1000 * 1.3 ** this.tries));
    }
  }

  /** Where this session was left, in seconds; 0 where it was not begun, or heard to its end. */
  static left(address) { return Number(kept(`place:${address}`) ?? 0); }
}
