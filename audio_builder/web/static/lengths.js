// The same session at another length, at the same place.

import { $, Refused, WRITE_A_LENGTH, ask, clock, notPossible, query, tell, typed } from "./common.js";
import { words } from "./language.js";

const MINUTES = [5, 8, 10, 15, 20, 25, 30, 40, 45, 60, 90, 120, 240, 480];

/** The place in `after` where the same is said as at `place` in `before`, in seconds. Both are plans of the server. */
export const samePlace = (before, after, place) => {
  const spoken = (plan) => plan.cues.filter((cue) => cue.text);
  const [old, young] = [spoken(before), spoken(after)];
  const now = place * 1000;
  for (let n = old.findLastIndex((cue) => cue.start <= now); n >= 0; n -= 1) {
    const times = (cues, end) => cues.slice(0, end).filter((cue) => cue.text === old[n].text).length;
    const same = young.filter((cue) => cue.text === old[n].text)[times(old, n)];
    if (!same) continue; // only the other length says this
    const silence = (cues, cue, plan) => (cues[cues.indexOf(cue) + 1]?.start ?? plan.length) - cue.start - cue.length;
    const spent = now - old[n].start;
    if (spent <= old[n].length) return (same.start + spent) / 1000;
    const share = Math.min(1, (spent - old[n].length) / Math.max(1, silence(old, old[n], before)));
    return (same.start + same.length + share * silence(young, same, after)) / 1000;
  }
  return Math.min(place, (young[0]?.start ?? 0) / 1000);
};

const plan = (asked) => ask(`api/plan?${query(asked)}`);

/** Asks for another length of what `player` plays, and calls `go(told, asked, place)` with it and what the server says of it. */
export const changeLength = (player, go) => {
  const dialog = $("#lengths");
  const { session } = player;
  const fits = (seconds) => session.lengths.some(([low, high]) => low <= seconds && seconds <= high);
  const choose = async (seconds) => {
    const problem = seconds === null ? WRITE_A_LENGTH() : fits(seconds) ? "" : notPossible(seconds);
    tell($("#lengths-problem"), problem);
    if (problem) return;
    const asked = { ...session.asked, length: `${seconds}s` };
    try {
      const [before, after, told] = await Promise.all([plan(session.asked), plan(asked), ask(`api/session?${query(asked)}`)]);
      dialog.close();
      go(told, asked, samePlace(before, after, player.audio.currentTime));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      tell($("#lengths-problem"), error.message, error.language);
    }
  };
  const offered = MINUTES.map((n) => n * 60).filter((n) => fits(n) && n !== Math.round(session.length)).slice(0, 10);
  $("#lengths-list").replaceChildren(...offered.map((seconds) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words(seconds);
    button.addEventListener("click", () => choose(seconds));
    return button;
  }));
  $("#lengths-exact").value = clock(session.length);
  tell($("#lengths-problem"), "");
  $("#lengths-go").onclick = () => choose(typed($("#lengths-exact").value));
  $("#lengths-exact").onkeydown = (event) => { if (event.key === "Enter") $("#lengths-go").click(); };
  $("#lengths-not").onclick = () => dialog.close();
  dialog.showModal();
};
