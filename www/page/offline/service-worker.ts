/// <reference lib="webworker" />
/**
 * Keeps every file of the site for use without a network, and answers with the page's content security policy on each: a policy
 * in a page does not reach its workers, one in their own answers does. Nothing goes to another place than the site.
 */
declare const self: ServiceWorkerGlobalScope;
/** Hash and size of each file. */
declare const MANIFEST: Record<string, [hash: string, bytes: number]>;
declare const POLICY: string;

const CACHE = "subtune-page";
const BASE = new URL("./", self.location.href);
/** What is fetched at once; the rest when it is asked for. */
const SHELL = Object.keys(MANIFEST).filter((path) => /^(index\.html|icon\.svg|[^/]+\.(js|css)|subtune\/.+\.js)$/.test(path));

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

self.addEventListener("install", (event) => {
  event.waitUntil(Promise.all(SHELL.map((path) => answer(path))));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      const wanted = new Set(Object.keys(MANIFEST).map((path) => key(path).href));
      for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
      await self.clients.claim();
    })(),
  );
});

// of a page that was loaded past the worker (a reload with the shift key)
self.addEventListener("message", ({ data }) => {
  if (data === "claim") void self.clients.claim();
});

/** Fetches what is missing yet, and says whether all is here. */
self.addEventListener("message", (event) => {
  if (event.data !== "keep everything") return;
  const [port] = event.ports;
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      for (const path of Object.keys(MANIFEST)) {
        if (await cache.match(key(path))) continue;
        const response = await fetch(new URL(path, BASE), { cache: "no-cache" });
        if (!response.ok) throw new Error(`${path} is not there`);
        await cache.put(key(path), response);
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
    // the page's policy forbids it already
    event.respondWith(Response.error());
    return;
  }
  if (!url.href.startsWith(BASE.href)) return;
  const path = url.pathname.slice(BASE.pathname.length) || "index.html";
  if (request.method === "GET" && Object.hasOwn(MANIFEST, path)) event.respondWith(answer(path));
  else if (request.mode !== "navigate") event.respondWith(Response.error());
});

/** The hash is part of the key, so that a file that did not change is not fetched again for a new version. */
function key(path: string): URL {
  return new URL(`${path}?${MANIFEST[path]![0]}`, BASE);
}

async function answer(path: string): Promise<Response> {
  const cache = await caches.open(CACHE).catch(() => undefined);
  const kept = await cache?.match(key(path));
  if (kept) return sealed(path, kept);
  const response = await fetch(new URL(path, BASE), { cache: "no-cache" });
  if (!response.ok || response.redirected) return response;
  // a full disk is no reason not to go on
  const keeping = cache?.put(key(path), response.clone()).catch(() => undefined);
  if (SHELL.includes(path)) await keeping;
  return sealed(path, response);
}

function sealed(path: string, { body }: Response): Response {
  const type = TYPES[path.split(".").at(-1)!] ?? "application/octet-stream";
  return new Response(body, {
    headers: {
      "content-type": type,
      // of the file itself, however it was compressed on its way
      "content-length": String(MANIFEST[path]![1]),
      "content-security-policy": POLICY,
      "x-content-type-options": "nosniff",
    },
  });
}
