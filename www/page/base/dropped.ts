/** Files of a drop by path; a dropped folder is read with all that is in it. Must be called while the drop is handled. */
export async function droppedFiles(transfer: DataTransfer): Promise<Map<string, File>> {
  // the list is empty after the first wait
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const found = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const files = new Map<string, File>();
  for (const { entry, file } of found) {
    if (entry?.isDirectory) await readFolder(entry as FileSystemDirectoryEntry, 1, files);
    else if (file) files.set(file.name, file);
  }
  return files;
}

/** Files chosen in a dialog, by path. */
export function chosenFiles(list: FileList): Map<string, File> {
  return new Map([...list].map((file) => [file.webkitRelativePath || file.name, file]));
}

/** A model lies at most two folders deep, with the file of its pooling one deeper. */
const DEEPEST = 3;
/** A person may drop a whole disk. */
const MOST = 5000;

async function readFolder(folder: FileSystemDirectoryEntry, depth: number, files: Map<string, File>): Promise<void> {
  const reader = folder.createReader();
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return;
    for (const entry of entries) {
      if (files.size >= MOST) return;
      if (entry.isDirectory) {
        if (depth < DEEPEST) await readFolder(entry as FileSystemDirectoryEntry, depth + 1, files);
        continue;
      }
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      files.set(entry.fullPath.replace(/^\//, ""), file);
    }
  }
}
