import { namesOfModel } from "./layout.js";

const CONFIG = "config.json";
/** The folder of the encoder in old folders of sentence-transformers. */
const TRANSFORMER = "0_Transformer";

/**
 * Finds the files of a model among the files of a folder, by path. As in the terminal program, they may be one level down: in
 * `0_Transformer`, in the last `checkpoint-N` of a Trainer, or in the only folder with a `config.json`.
 */
export function locate<Content>(files: ReadonlyMap<string, Content>): { name: string; files: Record<string, Content> } {
  const paths = [...files.keys()];
  const top = paths[0]?.includes("/") ? paths[0].split("/", 1)[0]! : "";
  const root = top !== "" && paths.every((path) => path.startsWith(`${top}/`)) ? `${top}/` : "";
  const folder = files.has(root + CONFIG) ? root : (below(root, paths) ?? root);
  const found: Record<string, Content> = {};
  // a sentence model has some of its files beside the encoder's folder
  for (const place of [folder, root]) {
    const there = paths.filter((path) => path.startsWith(place)).map((path) => path.slice(place.length));
    for (const name of namesOfModel(there)) {
      if (name !== CONFIG || place === folder) found[name] ??= files.get(place + name)!;
    }
  }
  return { name: root === "" ? "model" : top, files: found };
}

/** The folder of a model one level below `root`, unless it is unclear which one is meant. */
function below(root: string, paths: readonly string[]): string | undefined {
  const names = paths.flatMap((path) => {
    const [name, file, ...more] = path.slice(root.length).split("/");
    const isModule = /^\d+_/.test(name!) && name !== TRANSFORMER;
    return path.startsWith(root) && file === CONFIG && more.length === 0 && !isModule ? [name!] : [];
  });
  const step = (name: string) => Number(/^checkpoint-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
  const last = [...names].sort((one, other) => step(one) - step(other)).at(-1);
  const isClear = names.length === 1 || !names.some((name) => Number.isNaN(step(name)));
  const found = names.includes(TRANSFORMER) ? TRANSFORMER : isClear ? last : undefined;
  return found === undefined ? undefined : `${root}${found}/`;
}
