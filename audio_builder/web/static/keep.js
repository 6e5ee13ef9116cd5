// Sessions kept on this device: in the browser's cache, from which the service worker plays them without a network.

import { keep, kept } from "./common.js";

const CACHE = "sessions";

/** Browsers have it on https and on this very computer only. */
export const possible = globalThis.isSecureContext && "serviceWorker" in navigator && "caches" in globalThis;

export const begin = () => {
  if (possible) navigator.serviceWorker.register("/sw.js").catch(() => { /* the page works without */ });
};

export const list = () => {
  try { return JSON.parse(kept("kept") ?? "[]"); } catch { return []; }
};

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
  try {
    await cache.put(session.address, new Response(counted, { headers: answer.headers }));
    const image = await fetch(session.image, { signal });
    if (image.ok) await cache.put(session.image, image);
  } catch (error) {
    await forget(cache, session.address);
    if (error.name === "QuotaExceededError") throw new Error("this device has no room for it");
    throw error;
  }
  keep("kept", JSON.stringify([...list().filter((one) => one.address !== session.address), session]));
};

const forget = async (cache, address) => {
  await cache.delete(address);
  await cache.delete(address.replace(".mp3", ".jpg"));
};

export const remove = async (address) => {
  await forget(await caches.open(CACHE), address);
  keep("kept", JSON.stringify(list().filter((one) => one.address !== address)));
};
