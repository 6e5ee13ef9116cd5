// What can be written: offered while somebody writes, and listed beside the text.

import { $, Refused, ask, say } from "./common.js";
import { ngettext } from "./language.js";

const MOST = 6;
const list = $("#offers");
let editor = null;
let words = []; // [{where, text, about}]
let offered = [];
let span = [0, 0]; // the part of the text that a choice replaces
let active = -1;

/** Asks again: new scripts, recordings and pictures can be named too. */
export const refresh = async () => {
  try {
    words = await ask("api/words");
  } catch (error) {
    if (error instanceof Refused) return; // writing goes on without
    throw error;
  }
  drawSyntax();
  if (document.activeElement === editor.text) offer(false); // somebody was faster
};

/** What the cursor is in: the place, where it begins and what is typed of it; null where nothing can be offered. */
const placeOf = (value, cursor, isForced) => {
  const begin = value.lastIndexOf("\n", cursor - 1) + 1;
  const row = value.slice(begin, cursor);
  const front = /^---\s*\n[\s\S]*?\n---\s*$/m.exec(value);
  if (value.startsWith("---") && cursor > 3 && (!front || cursor <= front[0].length)) {
    return /^[a-z-]*$|^[a-z-]+:\s*\S*$/.test(row) && (row || isForced) ? { where: "key", begin, typed: row } : null;
  }
  const bracket = /\[[^\]]*$/.exec(row);
  if (bracket) return { where: "directive", begin: begin + bracket.index, typed: bracket[0] };
  const brace = /\{[^}]*$/.exec(row);
  if (brace && row.startsWith("#")) {
    const last = /[^,{]*$/.exec(brace[0])[0];
    const typed = last.trimStart();
    return { where: "mark", begin: cursor - typed.length, typed: `{${typed}`, isInner: true };
  }
  if (brace) return { where: "slot", begin: begin + brace.index, typed: brace[0] };
  if (!isForced) return null;
  return row.startsWith("#") ? { where: "mark", begin: cursor, typed: "{" } : { where: "directive", begin: cursor, typed: "[" };
};

const hide = () => { list.hidden = true; active = -1; editor.text.removeAttribute("aria-activedescendant"); };

const offer = (isForced) => {
  const { selectionStart: cursor, selectionEnd, value } = editor.text;
  const place = cursor === selectionEnd ? placeOf(value, cursor, isForced) : null;
  if (!place) { hide(); return; }
  const typed = place.typed.toLowerCase().replace(/:\s*/, ": ");
  offered = words
    .filter((one) => one.where === place.where && one.text.toLowerCase().startsWith(typed) && one.text !== place.typed)
    .slice(0, MOST)
    .map((one) => ({ ...one, insert: place.isInner ? one.text.slice(1) : one.text }));
  if (!offered.length) { hide(); return; }
  const after = value.slice(cursor);
  const isMore = place.isInner && /^ *,/.test(after); // another mark follows
  if (isMore) for (const one of offered) one.insert = one.insert.slice(0, -1);
  const closing = !isMore && /^[\]}]/.test(after) ? 1 : 0; // what is there already, as where phones close brackets
  span = [place.begin, cursor + closing];
  draw();
  if (isForced) choose(0);
};

const draw = () => {
  const before = list.hidden;
  active = -1;
  list.replaceChildren(...offered.map((one, n) => {
    const item = document.createElement("li");
    item.id = `offer-${n}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    const [text, about] = ["code", "span"].map((name) => document.createElement(name));
    text.textContent = one.insert;
    about.textContent = one.about;
    about.className = "soft";
    item.append(text, about);
    item.addEventListener("pointerdown", (event) => { event.preventDefault(); take(n); });
    return item;
  }));
  list.style.top = `${Math.max(0, topOf(span[0]))}px`;
  list.hidden = false;
  if (before) say(ngettext("{n} suggestion. Press the down arrow to choose.", "{n} suggestions. Press the down arrow to choose.", offered.length));
};

/** How far below the upper edge of the field the line of a place ends: the text behind it has the same lines. */
const topOf = (place) => {
  const range = document.createRange();
  let left = place;
  for (const node of nodesOf(editor.behind)) {
    if (left <= node.length) {
      range.setStart(node, left);
      range.setEnd(node, left);
      const box = range.getClientRects()[0] ?? node.parentElement.getBoundingClientRect();
      return box.bottom - editor.behind.getBoundingClientRect().top + 4;
    }
    left -= node.length;
  }
  return 0;
};

const nodesOf = function* nodesOf(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) yield walker.currentNode;
};

const choose = (n) => {
  active = (n + offered.length) % offered.length;
  [...list.children].forEach((item, k) => item.setAttribute("aria-selected", String(k === active)));
  list.children[active].scrollIntoView({ block: "nearest" });
  editor.text.setAttribute("aria-activedescendant", `offer-${active}`);
};

const take = (n) => {
  const { insert } = offered[n];
  const [from, to] = span;
  hide();
  editor.insert(insert, from, to);
  if (insert.endsWith(": ")) offer(true); else hide();
};

const key = (event) => {
  if (event.key === " " && event.ctrlKey) { event.preventDefault(); offer(true); return; }
  if (list.hidden) return;
  const act = {
    ArrowDown: () => choose(active + 1),
    ArrowUp: () => choose(active < 0 ? offered.length - 1 : active - 1),
    Escape: hide,
    Tab: () => take(Math.max(0, active)),
    ...(active >= 0 && { Enter: () => take(active) }),
  }[event.key];
  if (!act || (event.key === "Tab" && event.shiftKey) || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  act();
};

/** The list beside the text: what can be written in a script, but for names. */
const drawSyntax = () => {
  const isName = ({ text, where }) => (where === "key") || /^\[(include|play) (?!closing|welcome)|^\{figure (?!getting-up)/.test(text);
  const once = new Map(words.filter((one) => !isName(one)).map((one) => [one.text, one])); // a mark may be a slot too
  $("#syntax-list").replaceChildren(...[...once.values()].map((one) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const [text, about] = ["code", "span"].map((name) => document.createElement(name));
    text.textContent = one.text;
    about.textContent = one.about;
    about.className = "soft grow";
    button.type = "button";
    button.append(text);
    button.addEventListener("click", () => editor.insert(one.text));
    item.append(button, about);
    return item;
  }));
};

export const begin = (own) => {
  editor = own;
  editor.text.addEventListener("input", () => offer(false));
  editor.text.addEventListener("keydown", key);
  editor.text.addEventListener("click", hide);
  editor.text.addEventListener("blur", () => setTimeout(() => { if (document.activeElement !== editor.text) hide(); }, 150));
};
