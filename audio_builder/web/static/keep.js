// Sessions kept on this device: in the browser's cache, from which the service worker plays them without a network.

import { ROOT, keep, kept } from "./common.js";
import { _ } from "./language.js";

const CACHE = "sessions";
const KEPT = `${ROOT}/kept`; // before the address of what is kept: what the server has now is another thing

/** Browsers have it on https and on this very computer only. */
export const possible = globalThis.isSecureContext && "serviceWorker" in navigator && "caches" in globalThis;

export const begin = () => {
  if (possible) navigator.serviceWorker.register("sw.js").catch(() => { /* the page works without */ });
};

export const isKept = ({ address }) => address.startsWith(`${KEPT}/`);

const at = (address) => isKept({ address }) ? address : KEPT + address.slice(ROOT.length);

/** What is kept, as it was when it was. */
export const list = () => {
  try { return JSON.parse(kept("kept") ?? "[]"); } catch { return []; }
};

export const has = (session) => list().some((one) => one.address === at(session.address));

/** Fetches a whole session; `progress` is told the share that is there. */
export const store = async (session, progress, signal) => {
  navigator.storage?.persist?.().catch(() => { /* it may be deleted when space is short */ }); // Firefox asks somebody who may sleep
  const cache = await caches.open(CACHE);
  const answer = await fetch(session.address, { signal });
  if (!answer.ok) throw new Error((await answer.text()).trim());
  const size = Number(answer.headers.get("Content-Length"));
  let got = 0;
  const counted = answer.body.pipeThrough(new TransformStream({
    transform(part, out) { got += part.byteLength; progress(size ? got / size : 0); out.enqueue(part); },
  }));
  const keptFigure = (figure) => figure && { ...figure, address: at(figure.address) };
  const mine = {
    ...session, address: at(session.address), image: at(session.image), ready: true,
    chapters: session.chapters.map((one) => ({ ...one, figure: keptFigure(one.figure) })),
  };
  try {
    await cache.put(mine.address, new Response(counted, { headers: answer.headers }));
    const figures = session.chapters.map((one) => one.figure?.address).filter(Boolean);
    for (const address of new Set([session.image, ...figures])) {
      const picture = await fetch(address, { signal });
      if (picture.ok) await cache.put(at(address), picture);
    }
  } catch (error) {
    await forget(cache, mine);
    if (error.name === "QuotaExceededError") throw new Error(_("There is not enough space on this device."));
    throw error;
  }
  keep("kept", JSON.stringify([...list().filter((one) => one.address !== mine.address), mine]));
};

const forget = async (cache, { address, image }) => {
  await cache.delete(at(address));
  await cache.delete(at(image));
};

const figuresOf = (session) => session.chapters.map((one) => one.figure?.address).filter(Boolean).map(at);

export const remove = async (session) => {
  const cache = await caches.open(CACHE);
  const others = list().filter((one) => one.address !== at(session.address));
  const used = new Set(others.flatMap(figuresOf));
  await forget(cache, session);
  for (const address of figuresOf(session)) if (!used.has(address)) await cache.delete(address);
  keep("kept", JSON.stringify(others));
};
