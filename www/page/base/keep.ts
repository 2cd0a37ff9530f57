import { claimed, Taken } from "../../src/storage/claim";
import { type Folder, readJson } from "../../src/storage/folder";
import { openRoot } from "../../src/storage/root";
import { haveBytes, isObject } from "../../src/storage/shapes";

/** A model in the origin private file system. */
export interface KeptModel {
  id: string;
  name: string;
  bytes: number;
  files: Record<string, File>;
}

/** Written last: without it there is no model. */
const RECORD = "model.json";
const FORMAT = "subtune model";
const VERSION = 1;
/** The id of the model in use, in a file beside the models. */
const CHOICE = "choice.json";
/** Milliseconds to wait for another tab that stores or removes a model. */
const PATIENCE = 500;

/** The kept models and the chosen one. Removes what another visit left behind in the middle of storing. */
export async function keptModels(): Promise<{ models: KeptModel[]; choice: string | null }> {
  const root = await openRoot("models");
  const ids = (await root.names()).filter((name) => name !== CHOICE);
  const models = await Promise.all(ids.map((id) => look(root, id)));
  const choice = await readJson(root, CHOICE);
  return {
    models: models.filter((model) => model !== undefined).sort((one, other) => one.name.localeCompare(other.name)),
    choice: isObject(choice) && typeof choice.id === "string" ? choice.id : null,
  };
}

async function look(root: Folder, id: string): Promise<KeptModel | undefined> {
  const found = await read(root.folder(id), id);
  if (found) return found === "foreign" ? undefined : found;
  const clean = async () => {
    if (!(await read(root.folder(id), id))) await root.remove(id);
  };
  // another tab may be storing it
  await claimed(id, PATIENCE, clean).catch((error) => {
    if (!(error instanceof Taken)) throw error;
  });
}

async function read(folder: Folder, id: string): Promise<KeptModel | "foreign" | undefined> {
  const record = await readJson(folder, RECORD);
  if (record === undefined) return undefined;
  if (!isObject(record) || record.format !== FORMAT || record.version !== VERSION) return "foreign";
  const { name, files: sizes } = record;
  if (typeof name !== "string" || !haveBytes(sizes)) return "foreign";
  const files: Record<string, File> = {};
  let sum = 0;
  for (const [file, { bytes }] of Object.entries(sizes)) {
    const content = await folder.file(fileName(file));
    if (content?.size !== bytes) return undefined;
    files[file] = content;
    sum += bytes;
  }
  return { id, name, bytes: sum, files };
}

/** Stores a model, in place of one of its name. If that fails, nothing of it stays. */
export async function keepModel(name: string, files: Record<string, Blob>): Promise<KeptModel> {
  const root = await openRoot("models");
  const id = crypto.randomUUID();
  const kept = await claimed(id, PATIENCE, async () => {
    const folder = root.folder(id);
    try {
      for (const [file, content] of Object.entries(files)) await folder.write(fileName(file), content);
      const sizes = Object.fromEntries(Object.entries(files).map(([file, { size }]) => [file, { bytes: size }]));
      const record = { format: FORMAT, version: VERSION, name, files: sizes };
      await folder.write(RECORD, new Blob([JSON.stringify(record)]));
    } catch (error) {
      // the first error is the one to tell
      await root.remove(id).catch(() => undefined);
      throw error;
    }
    return read(folder, id);
  });
  if (!kept || kept === "foreign") throw new Error("the files changed while they were stored");
  for (const other of (await keptModels()).models) if (other.name === name && other.id !== id) await removeModel(other.id);
  return kept;
}

export async function removeModel(id: string): Promise<void> {
  const root = await openRoot("models");
  await root.folder(id).remove(RECORD);
  await root.remove(id);
}

/** Remembers the model in use; `null` is the bundled one. */
export async function rememberChoice(id: string | null): Promise<void> {
  const root = await openRoot("models");
  if (id === null) await root.remove(CHOICE);
  else await root.write(CHOICE, new Blob([JSON.stringify({ id })]));
}

/** A name in a folder has no slash. */
function fileName(file: string): string {
  return file.replaceAll("/", "%2F");
}
