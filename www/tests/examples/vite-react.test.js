// The example with Vite and React as a person would start it: installed, in development and built. Needs the npm registry.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

import { chromium } from "playwright-core";

const www = fileURLToPath(new URL("../../", import.meta.url));

describe("the example with Vite and React", () => {
  let place;
  let chrome;

  before(async () => {
    place = mkdtempSync(join(tmpdir(), "subtune-example-"));
    cpSync(join(www, "examples/vite-react"), place, { recursive: true, filter: (path) => !path.includes("node_modules") });
    const settings = readFileSync(join(place, "package.json"), "utf8").replace("file:../..", `file:${www}`);
    writeFileSync(join(place, "package.json"), settings);
    execFileSync("npm", ["install", "--no-audit", "--no-fund"], { cwd: place, stdio: "ignore" });
    // without WebGPU, so on the CPU
    chrome = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  });

  after(async () => {
    await chrome?.close();
    rmSync(place, { recursive: true, force: true });
  });

  const check = async (...command) => {
    const vite = spawn(process.execPath, [join(place, "node_modules/vite/bin/vite.js"), ...command, "--port", "0"], { cwd: place });
    try {
      const address = await new Promise((resolve, reject) => {
        let said = "";
        const heard = (text) => {
          // Vite colours what it says
          said += stripVTControlCharacters(String(text));
          const [address] = /http:\/\/localhost:\d+\//.exec(said) ?? [];
          if (address) resolve(address);
        };
        vite.stdout.on("data", heard);
        vite.stderr.on("data", heard);
        vite.on("exit", () => reject(new Error(said)));
      });
      const page = await chrome.newPage();
      page.setDefaultTimeout(180_000);
      await page.goto(address);
      const status = page.locator("#status");
      await status.getByText(/^ready|Error|Failed|Invalid|Crashed/).waitFor();
      assert.match(await status.textContent(), /^ready on CPU/);
      await page.getByRole("button", { name: "Train" }).click();
      const said = page.locator("#said");
      await said.getByText(/ is |Error|Failed|Invalid|Crashed/).waitFor();
      assert.match(await said.textContent(), /^"I am so happy" is (good|bad)$/);
      // StrictMode's other one is gone
      assert.equal(page.workers().length, 1);
      await page.close();
    } finally {
      vite.kill();
    }
  };

  it("runs in development, without any configuration", () => check("dev"));

  it("runs when it is built", async () => {
    execFileSync(process.execPath, [join(place, "node_modules/vite/bin/vite.js"), "build"], { cwd: place, stdio: "ignore" });
    await check("preview");
  });
});
