// A screen that is nearly black, for a dark room. Any touch or key brings the controls back.

import { $, clock } from "./common.js";
import { _ } from "./language.js";

export const isDim = () => !$("#dimmed").hidden;

const undim = () => {
  $("#dimmed").hidden = true;
  document.body.classList.remove("dim");
  $("#dim").focus();
};

export const begin = (audio) => {
  $("#dim").addEventListener("click", () => {
    $("#dimmed").hidden = false;
    document.body.classList.add("dim");
    $("#dimmed").focus();
  });
  $("#dimmed").addEventListener("click", undim);
  $("#dimmed").addEventListener("keydown", (event) => {
    if (event.key === " ") return; // pauses, as elsewhere
    event.preventDefault();
    undim();
  });
  audio.addEventListener("timeupdate", () => {
    if (isDim() && audio.duration) $("#dimmed-left").textContent = _("{time} left", { time: clock(audio.duration - audio.currentTime) });
  });
};
