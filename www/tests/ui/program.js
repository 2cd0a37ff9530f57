// The program `subtune ui` in a folder of its own.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = process.env.SUBTUNE_PROGRAM ?? fileURLToPath(new URL("../../../target/release/subtune", import.meta.url));

/** Starts it with the page in www/site, and resolves with its address. `data` is the folder of another one that has ended. */
export async function startUi({ data = mkdtempSync(join(tmpdir(), "subtune-ui-")) } = {}) {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing; build it (cargo build --release), or name it in SUBTUNE_PROGRAM`);
  const site = fileURLToPath(new URL("../../site", import.meta.url));
  const child = spawn(PROGRAM, ["ui", "--no-open", "--data-dir", data, "--site", site], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  const line = await new Promise((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`subtune ui ended with ${code}`)));
  });
  const [, address] = /(http:\S+)/.exec(line);
  return {
    address,
    data,
    exited,
    /** Ends it as Ctrl-C does; what it keeps stays. */
    async stop() {
      child.kill("SIGINT");
      return exited;
    },
    async close() {
      child.kill("SIGKILL");
      await exited;
      rmSync(data, { recursive: true, force: true });
    },
  };
}
