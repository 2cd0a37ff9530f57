/// <reference lib="webworker" />
/**
 * Stores every file of the site for use without a network, and adds the page's content security policy to each answer: a page's policy
 * does not apply to its workers, but one in the answers does. Each answer also isolates the page from others; without that, a browser
 * lets no threads share memory. All requests go to the site.
 */
export {};
declare const self: ServiceWorkerGlobalScope;
/** The first digits of each file's SHA-256, and its size. */
declare const MANIFEST: Record<string, [hash: string, bytes: number]>;
declare const POLICY: string;

const CACHE = "subtune-page-checked";
/** Caches of versions that did not check hashes. */
const UNCHECKED = "subtune-page";
const BASE = new URL("./", self.location.href);
/** Files to fetch at once; the rest is fetched on demand. */
const SHELL = Object.keys(MANIFEST).filter((path) => /^(index\.html|icon\.svg|[^/]+\.(js|css)|subtune\/.+\.js)$/.test(path));

const PROTECTION = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  json: "application/json",
  wasm: "application/wasm",
  txt: "text/plain; charset=utf-8",
  csv: "text/csv; charset=utf-8",
  tsv: "text/tab-separated-values; charset=utf-8",
};

// without all of its first files, this worker does not start: the previous worker, or the network alone, still serves matching files
self.addEventListener("install", (event) => {
  event.waitUntil(Promise.all(SHELL.map(fetchWhole)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      const wanted = new Set(Object.keys(MANIFEST).map((path) => key(path).href));
      for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
      await caches.delete(UNCHECKED);
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("message", ({ data }) => {
  // a page that bypassed the worker (a reload with the shift key)
  if (data === "claim") void self.clients.claim();
  // the previous worker
  if (data === "take over") void self.skipWaiting();
});

/** Fetches missing files, and reports whether all are present. */
self.addEventListener("message", (event) => {
  if (event.data !== "keep everything") return;
  const [port] = event.ports;
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      for (const path of Object.keys(MANIFEST)) {
        if (await cache.match(key(path))) continue;
        await fetchWhole(path);
        if (!(await cache.match(key(path)))) throw new Error("the disk is full");
      }
    })().then(
      () => port?.postMessage(true),
      () => port?.postMessage(false),
    ),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== BASE.origin) {
    // the page's policy already forbids it
    event.respondWith(Response.error());
    return;
  }
  if (!url.href.startsWith(BASE.href)) return;
  const { waiting } = self.registration;
  if (request.mode === "navigate" && waiting) {
    event.respondWith(renewed(waiting, event));
    return;
  }
  const path = pathOf(url);
  if (request.method === "GET" && Object.hasOwn(MANIFEST, path)) event.respondWith(answer(path));
  else if (request.mode !== "navigate") event.respondWith(Response.error());
});

/** The hash is part of the key, so that a file that did not change is not fetched again for a new version. */
function key(path: string): URL {
  return new URL(`${path}?${MANIFEST[path]![0]}`, BASE);
}

function pathOf(url: URL): string {
  return url.pathname.slice(BASE.pathname.length) || "index.html";
}

/**
 * A page that loads while no other is open may be the next version. The next worker takes over when this answer is out and before the
 * page asks again: Chromium sends what a replaced worker was still asked to the network, past both workers.
 */
async function renewed(waiting: ServiceWorker, event: FetchEvent): Promise<Response> {
  if ((await self.clients.matchAll()).length > 1) {
    const path = pathOf(new URL(event.request.url));
    return Object.hasOwn(MANIFEST, path) ? answer(path) : fetch(event.request);
  }
  const answered = new Promise((next) => setTimeout(next, 200));
  event.waitUntil(answered.then(() => waiting.postMessage("take over")));
  return new Response("", { headers: { refresh: "1", ...PROTECTION } });
}

/** Only the file of this version. Cached files were checked; a download of another version ends with an error. */
async function answer(path: string): Promise<Response> {
  const cache = await caches.open(CACHE).catch(() => undefined);
  const kept = await cache?.match(key(path));
  if (kept) return sealed(path, kept.body);
  const response = await fetch(new URL(path, BASE), { cache: "no-cache" });
  if (!response.ok || !response.body) return response;
  return sealed(path, response.body.pipeThrough(checked(path, cache)));
}

async function fetchWhole(path: string): Promise<void> {
  const response = await answer(path);
  if (!response.ok) throw new Error(`${path} is not there`);
  await response.body?.pipeTo(new WritableStream());
}

/** Passes a file on as it arrives, and stores it once its hash is verified. */
function checked(path: string, cache: Cache | undefined): TransformStream<Uint8Array, Uint8Array> {
  const [hash, size] = MANIFEST[path]!;
  const another = () => new TypeError(`${path} is that of another version of the page`);
  const bytes = new Uint8Array(size);
  let at = 0;
  return new TransformStream({
    transform(chunk, controller) {
      if (at + chunk.length > size) throw another();
      bytes.set(chunk, at);
      at += chunk.length;
      controller.enqueue(chunk);
    },
    async flush() {
      if (at < size || !(await digest(bytes)).startsWith(hash)) throw another();
      // a full disk does not stop the page
      await cache?.put(key(path), new Response(bytes)).catch(() => undefined);
    },
  });
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(found, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function sealed(path: string, body: ReadableStream | null): Response {
  const type = TYPES[path.split(".").at(-1)!] ?? "application/octet-stream";
  return new Response(body, {
    headers: {
      "content-type": type,
      // the size of the file itself, without the compression of the transfer
      "content-length": String(MANIFEST[path]![1]),
      ...PROTECTION,
      "x-content-type-options": "nosniff",
    },
  });
}
