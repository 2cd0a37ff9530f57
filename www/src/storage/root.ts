import { Folder } from "./folder.js";

/** Everything of subtune's in the origin private file system. */
const NAME = "subtune";

/** The folder for what is kept of one kind. Rejects with the reason if this browser or this window keeps nothing. */
export async function openRoot(kind: "runs" | "models" | "labels"): Promise<Folder> {
  const { storage } = globalThis.navigator ?? {};
  if (!storage?.getDirectory) {
    throw new Error("there is no origin private file system here; it needs a browser, and a page over HTTPS or from localhost");
  }
  // rejects in some private windows, and where cookies are blocked
  const directory = await storage.getDirectory();
  return new Folder(() => Promise.resolve(directory), NAME).folder(kind);
}
