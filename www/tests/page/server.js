// Serves the built page in a sub-folder, as GitHub Pages does, and writes down all that it is asked. It is also a proxy for
// everything else, which it writes down and refuses.
import { createReadStream, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};
const FOLDER = "/some/folder/";

/** `slow` is the number of bytes a second of large files; files that match `lacks` are not there; the program `first` runs before the page's. */
export function serveSite(site, { slow, lacks, first } = {}) {
  const asked = [];
  const elsewhere = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const { pathname, search, host } = new URL(request.url, `http://${request.headers.host}`);
      const entry = { method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString("latin1") };
      if (host !== `localhost:${server.address().port}`) {
        elsewhere.push(entry);
        return void response.writeHead(403).end();
      }
      asked.push(entry);
      const path =
        pathname.startsWith(FOLDER) && !search
          ? normalize(decodeURIComponent(pathname.slice(FOLDER.length))).replace(/^\.$|^$/, "index.html")
          : "";
      if (first && path === "first.js") return void response.writeHead(200, { "content-type": TYPES[".js"] }).end(first);
      const file = join(site, path);
      const found = path && !lacks?.test(path) ? statSync(file, { throwIfNoEntry: false }) : undefined;
      if (!found?.isFile() || path.startsWith("..")) return void response.writeHead(404).end("no such file");
      if (first && path === "index.html") {
        const html = readFileSync(file, "utf8").replace("<script ", '<script src="first.js"></script><script ');
        return void response.writeHead(200, { "content-type": TYPES[".html"] }).end(html);
      }
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "content-length": found.size });
      if (!slow || found.size < 1e6) return void createReadStream(file).pipe(response);
      void (async () => {
        for await (const chunk of createReadStream(file, { highWaterMark: slow / 10 })) {
          if (response.destroyed) return;
          response.write(chunk);
          await new Promise((next) => setTimeout(next, 100));
        }
        response.end();
      })();
    });
  });
  server.on("connect", (request, socket) => {
    elsewhere.push({ method: "CONNECT", url: request.url, headers: request.headers, body: "" });
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  return new Promise((resolve) => {
    server.listen(0, "localhost", () => {
      const { port } = server.address();
      resolve({
        address: `http://localhost:${port}${FOLDER}`,
        port,
        asked,
        elsewhere,
        close: () => (server.closeAllConnections(), server.close()),
      });
    });
  });
}
