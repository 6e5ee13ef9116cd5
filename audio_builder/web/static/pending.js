// Takes that are recorded and not with the server yet: on this device, so that nothing is lost when the page closes.

import { ROOT } from "./common.js";

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
    const ended = new Promise((done, failed) => { transaction.oncomplete = done; transaction.onerror = () => failed(transaction.error); });
    const asked = work(transaction.objectStore("pending"));
    await ended;
    return asked.result;
  } finally { base.close(); }
};

/** Keeps a take, {script, voice, text, sound}, and returns its key. */
export const put = (take) => run("readwrite", (store) => store.add(take));

export const remove = (key) => run("readwrite", (store) => store.delete(key));

/** Every take that is kept, with its key. */
export const all = async () => {
  const keys = await run("readonly", (store) => store.getAllKeys());
  const takes = await run("readonly", (store) => store.getAll());
  return takes.map((take, n) => ({ ...take, key: keys[n] }));
};
