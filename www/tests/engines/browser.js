// The browser that SUBTUNE_BROWSER names, and what tests do in its page. A driver is a file in drivers/.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** WebKitGTK has no origin private file system, in which runs are kept. */
const BROWSERS = {
  chromium: { driver: "puppeteer", keepsRuns: true },
  firefox: { driver: "puppeteer", keepsRuns: true },
  webkit: { driver: "webkit", keepsRuns: false },
};
const MINUTES = 60_000;
/** What stands at the end of a file that has arrived whole. */
const ENDS = { ".zip": "PK\x05\x06", ".html": "</html>" };
const PICTURES = fileURLToPath(new URL("../../screenshots/", import.meta.url));

export const NAME = process.env.SUBTUNE_BROWSER ?? "firefox";
if (!BROWSERS[NAME]) throw new Error(`SUBTUNE_BROWSER is ${NAME}; expected ${Object.keys(BROWSERS).join(", ")}`);
export const ABILITIES = BROWSERS[NAME];

/** The browser, without a profile. Everything but `localhost` goes to the server at `proxy`. */
export async function launch({ proxy, ...options }) {
  const { launch } = await import(`./drivers/${ABILITIES.driver}.js`);
  const downloads = mkdtempSync(join(tmpdir(), "subtune-downloads-"));
  const browser = await launch({ browser: NAME, proxy: new URL(proxy), downloads, ...options });
  return { open: async () => steps(await browser.open(), downloads), close: () => browser.close() };
}

export const button = (name) => `xpath///button[normalize-space(.)="${name}" and not(@disabled)]`;

/** What a person does in a window that a driver has opened. */
function steps(window, downloads) {
  const { evaluate } = window;
  const innerText = (selector) => document.querySelector(selector)?.innerText ?? "";

  /** Waits until what an element says matches, and returns the match. */
  async function until(selector, pattern, patience = 5 * MINUTES) {
    let said = "";
    for (const end = Date.now() + patience; Date.now() < end; await sleep(50)) {
      // the page may be loading
      said = await evaluate(innerText, selector).catch(String);
      const match = pattern.exec(said);
      if (match) return match;
    }
    throw new Error(`${selector} never said ${pattern}, but: ${said}`);
  }

  async function ready() {
    await until(".engine", /Ready\./);
  }

  return {
    ...window,
    until,
    ready,
    say: (selector) => evaluate(innerText, selector),
    open: async (address) => {
      await window.goto(address);
      await ready();
    },
    upload: (name, text) => {
      const file = join(mkdtempSync(join(tmpdir(), "subtune-data-")), name);
      writeFileSync(file, text);
      return window.upload("#data-file", file);
    },
    /** Numbers of the settings for experts. */
    settings: async (wanted) => {
      await until(".expert", /Settings for experts/);
      if (!(await evaluate(() => document.querySelector("details.expert").open))) await window.click("details.expert > summary");
      for (const [id, value] of Object.entries(wanted)) {
        await window.fill(`#${id}`, String(value));
        await evaluate(() => document.activeElement.blur());
      }
    },
    /** What the page says of a text: class names and percentages, the most probable first. */
    tryIt: async (text) => {
      await window.fill("#try-text", " ");
      await until(".says", /^[^%]*$/);
      await window.fill("#try-text", text);
      await until('.says[aria-busy="false"]', /%/);
      const rows = await evaluate(() => [...document.querySelectorAll(".says tbody tr")].map((row) => row.innerText));
      return rows.map((row) => /^(.+?)\s+([\d.]+)\s%$/s.exec(row.trim()).slice(1));
    },
    /** The file that comes of a click. */
    download: async (selector) => {
      await window.click(selector);
      for (const end = Date.now() + MINUTES; Date.now() < end; await sleep(100)) {
        for (const name of readdirSync(downloads).filter((name) => extname(name) in ENDS)) {
          const bytes = readFileSync(join(downloads, name));
          if (!bytes.includes(ENDS[extname(name)])) continue;
          // the next one may have the same name
          rmSync(join(downloads, name));
          return { name, bytes };
        }
      }
      throw new Error(`nothing was downloaded into ${downloads}`);
    },
    /** Of the whole page, or of the part around an element where the driver knows only that. */
    picture: async (name, around) => {
      mkdirSync(PICTURES, { recursive: true });
      await evaluate((around) => document.querySelector(around).scrollIntoView(), around);
      return window.picture(join(PICTURES, `${NAME}-${name}.png`));
    },
  };
}
