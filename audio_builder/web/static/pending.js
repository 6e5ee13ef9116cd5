// Takes that are recorded and not with the server yet: on this device, so that nothing is lost when the page closes.

import { ROOT } from "./common.js";

const held = new Map(); // takes that this device has no place for: in the page, until it closes

const opened = () => new Promise((done, failed) => {
  const asked = indexedDB.open(`${ROOT}takes`, 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("pending", { autoIncrement: true });
  asked.onsuccess = () => done(asked.result);
  asked.onerror = () => failed(asked.error);
});

const run = async (mode, work) => {
  const base = await opened();
  try {
    const transaction = base.transaction("pending", mode);
    const ended = new Promise((done, failed) => {
      transaction.oncomplete = done;
      transaction.onabort = () => failed(transaction.error); // after every error too; a full device says nothing else
    });
    const asked = work(transaction.objectStore("pending"));
    await ended;
    return asked.result;
  } finally { base.close(); }
};

/** Keeps a take, {script, voice, text, sound, since}, and returns its key. A private window and a full device have no place for it but the page. */
export const put = async (take) => {
  try {
    return await run("readwrite", (store) => store.add(take));
  } catch {
    const key = Symbol("held");
    held.set(key, take);
    return key;
  }
};

export const remove = async (key) => {
  if (held.delete(key)) return;
  await run("readwrite", (store) => store.delete(key)).catch(() => { /* it is sent twice: nothing is lost */ });
};

/** Every take that is kept, with its key, as they were recorded. */
export const all = async () => {
  let keys;
  const takes = await run("readonly", (store) => { keys = store.getAllKeys(); return store.getAll(); }).catch(() => []);
  const found = takes.map((take, n) => ({ since: 0, ...take, key: keys.result[n] }));
  return [...found, ...[...held].map(([key, take]) => ({ ...take, key }))].sort((a, b) => a.since - b.since);
};

/** Whether takes would be lost with the page. */
export const isOnlyHere = () => held.size > 0;
