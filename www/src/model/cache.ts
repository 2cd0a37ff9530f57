const NAME = "subtune-models";

/** The browser's Cache API; nothing where there is none (Node, insecure pages) or none may be used (private windows). */
export async function openCache(): Promise<Cache | undefined> {
  try {
    return await globalThis.caches?.open(NAME);
  } catch {
    return undefined;
  }
}
