// A static file server for the examples and the browser tests: `node scripts/serve.js [folder] [port]`.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const TYPES = {
  ".css": "text/css",
  ".csv": "text/csv",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/**
 * Serves a folder on localhost, with `headers` on every answer. `answer` may handle a request itself and return true. Resolves with the
 * address and a function that stops the server.
 */
export function serve(folder, { port = 0, headers = {}, answer = () => false } = {}) {
  const server = createServer((request, response) => {
    const asked = read(request.url);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (!asked) return void response.writeHead(400).end("the address cannot be read");
    const { pathname, path } = asked;
    if (answer(pathname, response)) return;
    const file = join(folder, path);
    const size = statSync(file, { throwIfNoEntry: false })?.isFile() ? statSync(file).size : undefined;
    if (size === undefined) return void response.writeHead(404).end(`no ${path}`);
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "content-length": size });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => {
    server.listen(port, "localhost", () => {
      const address = `http://localhost:${server.address().port}/`;
      resolve({ address, close: () => (server.closeAllConnections(), server.close()) });
    });
  });
}

/** The file of an address; `undefined` if no file can have it. */
function read(url) {
  try {
    const { pathname } = new URL(url, "http://localhost");
    const path = decodeURIComponent(pathname);
    return path.includes("\0") ? undefined : { pathname, path: normalize(path).replace(/\/$/, "/index.html") };
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder = ".", port = "8080"] = process.argv.slice(2);
  const { address } = await serve(folder, { port: Number(port) });
  console.log(address);
}
