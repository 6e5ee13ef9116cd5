// Sessions kept on this device: in the browser's cache, from which the service worker plays them without a network.

import { keep, kept } from "./common.js";

const CACHE = "sessions";
const KEPT = "/kept"; // before the address of what is kept: what the server has now is another thing

/** Browsers have it on https and on this very computer only. */
export const possible = globalThis.isSecureContext && "serviceWorker" in navigator && "caches" in globalThis;

export const begin = () => {
  if (possible) navigator.serviceWorker.register("/sw.js").catch(() => { /* the page works without */ });
};

const at = (address) => address.startsWith(KEPT) ? address : KEPT + address;

/** What is kept, as it was when it was. */
export const list = () => {
  try { return JSON.parse(kept("kept") ?? "[]"); } catch { return []; }
};

export const has = (session) => list().some((one) => one.address === at(session.address));

/** Fetches a whole session; `progress` is told the share that is there. */
export const store = async (session, progress, signal) => {
  await navigator.storage?.persist?.();
  const cache = await caches.open(CACHE);
  const answer = await fetch(session.address, { signal });
  if (!answer.ok) throw new Error((await answer.text()).trim());
  const size = Number(answer.headers.get("Content-Length"));
  let got = 0;
  const counted = answer.body.pipeThrough(new TransformStream({
    transform(part, out) { got += part.byteLength; progress(size ? got / size : 0); out.enqueue(part); },
  }));
  const mine = { ...session, address: at(session.address), image: at(session.image), ready: true };
  try {
    await cache.put(mine.address, new Response(counted, { headers: answer.headers }));
    const image = await fetch(session.image, { signal });
    if (image.ok) await cache.put(mine.image, image);
  } catch (error) {
    await forget(cache, mine);
    if (error.name === "QuotaExceededError") throw new Error("there is not enough space on this device");
    throw error;
  }
  keep("kept", JSON.stringify([...list().filter((one) => one.address !== mine.address), mine]));
};

const forget = async (cache, { address, image }) => {
  await cache.delete(at(address));
  await cache.delete(at(image));
};

export const remove = async (session) => {
  await forget(await caches.open(CACHE), session);
  keep("kept", JSON.stringify(list().filter((one) => one.address !== at(session.address))));
};
