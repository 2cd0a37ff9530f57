// A Chromium for tests of the page, and the page in it.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const PATHS = [process.env.SUBTUNE_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const ARGUMENTS = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const SITE = fileURLToPath(new URL(`../../${process.env.SUBTUNE_SITE ?? "site"}`, import.meta.url));

export function launch(...more) {
  const executablePath = PATHS.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("there is no Chromium; install it, or name it in SUBTUNE_CHROMIUM");
  return chromium.launch({ executablePath, args: [...ARGUMENTS, ...more] });
}
