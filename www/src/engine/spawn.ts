/** A worker with the engine. */
export function spawn(): Worker {
  try {
    return new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "subtune" });
  } catch (error) {
    if ((error as Error).name !== "SecurityError") throw error;
  }
  // The package comes from another origin (a CDN), from which no worker may be made, but one may import from it. The base
  // is apart so that bundlers, in whose output this never happens, do not take the file along twice.
  const base = import.meta.url;
  const script = `import ${JSON.stringify(new URL("./worker.js", base).href)};`;
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  return new Worker(address, { type: "module", name: "subtune" });
}
