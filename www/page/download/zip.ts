import { Zip, ZipPassThrough } from "fflate";

/** A zip with all files in one folder. Weights do not compress, so nothing is compressed. */
export async function zip(folder: string, files: Record<string, Blob | Uint8Array>): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const done = new Promise<void>((resolve, reject) => {
    const archive = new Zip((error, chunk, final) => {
      if (error) return reject(error);
      parts.push(chunk as Uint8Array<ArrayBuffer>);
      if (final) resolve();
    });
    void (async () => {
      for (const [name, content] of Object.entries(files)) {
        const entry = new ZipPassThrough(`${folder}/${name}`);
        archive.add(entry);
        const bytes = content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : content;
        // in pieces, with a breath between them, so that the page stays alive
        for (let from = 0; from < bytes.length; from += PIECE) {
          entry.push(bytes.slice(from, from + PIECE));
          await new Promise((next) => setTimeout(next));
        }
        entry.push(new Uint8Array(), true);
      }
      archive.end();
    })().catch(reject);
  });
  await done;
  return new Blob(parts, { type: "application/zip" });
}

const PIECE = 4 << 20;
