// A Chromium for tests of the page, and the page in it.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const PATHS = [process.env.SUBTUNE_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const SITE = fileURLToPath(new URL(`../../${process.env.SUBTUNE_SITE ?? "site"}`, import.meta.url));

/** With WebGPU on SwiftShader. */
export function launch(...more) {
  return start([...WEBGPU, ...more]);
}

/** Without, where SwiftShader does not draw the page either, which is much faster. */
export function launchPlain() {
  return start(["--disable-gpu"]);
}

function start(more) {
  const executablePath = PATHS.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("there is no Chromium; install it, or name it in SUBTUNE_CHROMIUM");
  return chromium.launch({ executablePath, args: [...ARGUMENTS, ...more] });
}
