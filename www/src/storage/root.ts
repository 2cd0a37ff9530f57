import { KeptFolder } from "../program/folder.js";
import { program } from "../program/program.js";
import type { Folder } from "./folder.js";
import { OriginFolder } from "./origin-folder.js";

/** The folder of subtune in the origin private file system. */
const NAME = "subtune";

/** Opens the folder of one kind of stored data. Rejects with the reason if this browser or window stores nothing. */
export async function openRoot(kind: "runs" | "models" | "labels"): Promise<Folder> {
  const served = program();
  if (served) return new KeptFolder(served, [kind]);
  const { storage } = globalThis.navigator ?? {};
  if (!storage?.getDirectory) {
    throw new Error("there is no origin private file system here; it needs a browser, and a page over HTTPS or from localhost");
  }
  // rejects in some private windows, and if cookies are blocked
  const directory = await storage.getDirectory();
  return new OriginFolder(() => Promise.resolve(directory), NAME).folder(kind);
}
