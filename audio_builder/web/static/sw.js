// The service worker: the page itself, and the sessions that are kept, without a network.

const ROOT = new URL("./", location).pathname.slice(0, -1); // the path below which the server is, such as /relax
const KIND = `${ROOT && `${ROOT}/`}page-`;
const PAGES = KIND + VERSION;
const SESSIONS = "sessions";
const HOME = `${ROOT}/`;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(PAGES).then((cache) => cache.addAll(SHELL)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith(KIND) && name !== PAGES;
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))).then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith(`${ROOT}/kept/`)) event.respondWith(media(request));
  else if (url.pathname === HOME || url.pathname.startsWith(`${ROOT}/static/`) || url.pathname === `${ROOT}/manifest.webmanifest`) event.respondWith(page(request, url));
});

let last = { url: "", etag: "", whole: null }; // what was played last: a blob may be a copy of all its bytes

/** What is kept, whole or the part that is asked for (RFC 9110, 14). */
const media = async (request) => {
  const there = await (await caches.open(SESSIONS)).match(request.url);
  if (!there) return new Response("", { status: 404 }); // the page says why
  const etag = there.headers.get("ETag"); // another one if it was removed, and kept again after a change
  if (last.url !== request.url || last.etag !== etag) last = { url: request.url, etag, whole: await there.blob() };
  const { whole } = last;
  const asked = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get("Range") ?? "");
  const headers = new Headers({ "Content-Type": there.headers.get("Content-Type"), "Accept-Ranges": "bytes" });
  if (!asked || !(asked[1] || asked[2])) {
    headers.set("Content-Length", String(whole.size));
    return new Response(whole, { headers });
  }
  const begin = asked[1] ? Number(asked[1]) : Math.max(0, whole.size - Number(asked[2]));
  const end = asked[1] && asked[2] ? Math.min(Number(asked[2]) + 1, whole.size) : whole.size;
  if (begin >= end) return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${whole.size}` } });
  headers.set("Content-Range", `bytes ${begin}-${end - 1}/${whole.size}`);
  headers.set("Content-Length", String(end - begin));
  return new Response(whole.slice(begin, end), { status: 206, headers });
};

const PATIENCE = 3000; // ms: away from home a server is often not refused but never answers

/** From the server while it can be reached: then what is shown is what is there. */
const page = async (request, url) => {
  const cache = await caches.open(PAGES);
  const there = await cache.match(request, { ignoreSearch: true, ignoreVary: true }); // in the language in which it was shown last
  const fetched = fetch(request).then(async (answer) => {
    if (answer.ok && url.pathname === HOME) await cache.put(HOME, answer.clone()).catch(() => {}); // a device that is full
    return answer;
  });
  if (!there) return fetched;
  const late = new Promise((done) => setTimeout(done, PATIENCE, there));
  return Promise.race([fetched, late]).catch(() => there);
};
