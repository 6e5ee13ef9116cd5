// Favourites and what was played last, on this device only.

import { keep, kept } from "./common.js";

const MOST_RECENT = 5;

const read = (key) => { try { return JSON.parse(kept(key) ?? "[]"); } catch { return []; } };

const facts = ({ address, asked, title, language, length }) => ({ address, asked, title, language, length });

const without = (all, session) => all.filter((one) => one.address !== session.address);

export const favourites = () => read("favourites");

export const isFavourite = (session) => favourites().some((one) => one.address === session.address);

export const setFavourite = (session, is) => {
  const others = without(favourites(), session);
  keep("favourites", JSON.stringify(is ? [facts(session), ...others] : others));
};

/** Forgets a session, as a favourite and as one that was played. */
export const forget = (session) => { for (const key of ["favourites", "recent"]) keep(key, JSON.stringify(without(read(key), session))); };

/** What was played last, the newest first, without favourites. */
export const recent = () => read("recent").filter((one) => !isFavourite(one));

export const remember = (session) => {
  if (session.asked) keep("recent", JSON.stringify([facts(session), ...without(read("recent"), session)].slice(0, MOST_RECENT)));
};
