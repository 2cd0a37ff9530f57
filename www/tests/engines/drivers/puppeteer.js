// Firefox through WebDriver BiDi, and Chromium.
import { existsSync } from "node:fs";
import puppeteer from "puppeteer-core";

const PATHS = {
  chromium: [process.env.SUBTUNE_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser"],
  firefox: [process.env.SUBTUNE_FIREFOX, "/usr/bin/firefox-esr", "/usr/bin/firefox"],
};
/** Milliseconds of one call: the engine's own are long. */
const PATIENCE = 10 * 60_000;

/** A browser without a profile, that fetches everything but `localhost` through `proxy` and puts downloads into `downloads`. */
export async function launch({ browser, proxy, downloads }) {
  const executablePath = PATHS[browser].find((path) => path && existsSync(path));
  if (!executablePath) throw new Error(`no ${browser} was found at ${PATHS[browser].filter(Boolean).join(" or ")}`);
  const one = await puppeteer.launch({
    browser: browser === "firefox" ? browser : "chrome",
    executablePath,
    protocolTimeout: PATIENCE,
    downloadBehavior: { policy: "allow", downloadPath: downloads },
    ...(browser === "firefox" ? { extraPrefsFirefox: preferences(proxy, downloads) } : { args: flags(proxy) }),
  });
  return { open: () => open(one), close: () => one.close() };
}

function preferences({ hostname, port }, downloads) {
  return {
    "network.proxy.type": 1,
    "network.proxy.http": hostname,
    "network.proxy.http_port": Number(port),
    "network.proxy.ssl": hostname,
    "network.proxy.ssl_port": Number(port),
    "browser.download.folderList": 2,
    "browser.download.dir": downloads,
    "browser.download.useDownloadDir": true,
    "browser.download.always_ask_before_handling_new_types": false,
  };
}

function flags({ host }) {
  return ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", `--proxy-server=${host}`];
}

async function open(browser) {
  const page = await browser.newPage();
  await page.setViewport({ width: 1000, height: 900 });
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("dialog", (dialog) => void dialog.accept());
  const find = (selector) => page.waitForSelector(selector, { timeout: PATIENCE });
  return {
    errors: async () => errors,
    goto: (address) => page.goto(address),
    reload: () => page.reload(),
    evaluate: (call, ...values) => page.evaluate(call, ...values),
    click: async (selector) => (await find(selector)).click(),
    fill: async (selector, text) => {
      const field = await find(selector);
      await field.click();
      await field.evaluate((one) => one.select());
      await page.keyboard.type(text);
    },
    upload: async (selector, file) => (await find(selector)).uploadFile(file),
    picture: (path) => page.screenshot({ path, fullPage: true }),
    close: () => page.close({ runBeforeUnload: false }),
  };
}
