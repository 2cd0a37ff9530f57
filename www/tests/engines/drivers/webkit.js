// WebKitGTK through its WebDriver, with the small browser that comes with it.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { Builder, By, until } from "selenium-webdriver";

const DRIVER = process.env.SUBTUNE_WEBKIT_DRIVER ?? "/usr/bin/WebKitWebDriver";
const BROWSER = process.env.SUBTUNE_MINIBROWSER ?? "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";
const PATIENCE = 10 * 60_000;

/** A browser without a profile, that fetches everything but `localhost` through `proxy`. */
export async function launch({ proxy, downloads }) {
  const port = await freePort();
  // without a folder for downloads, they go home
  const program = spawn(DRIVER, [`--port=${port}`], { env: { ...process.env, HOME: downloads } });
  let said = "";
  for (const stream of [program.stdout, program.stderr]) stream.on("data", (bytes) => (said += bytes));
  const ended = new Promise((_, reject) => {
    program.on("error", reject);
    program.on("exit", () => reject(new Error(`${DRIVER} ended: ${said}`)));
  });
  ended.catch(() => undefined);
  const driver = await Promise.race([ended, start(port, proxy)]);
  return {
    open: () => open(driver),
    close: async () => {
      await driver.quit();
      program.kill();
    },
  };
}

async function start(port, { host }) {
  const options = { binary: BROWSER, args: ["--automation"] };
  const capabilities = {
    browserName: "MiniBrowser",
    "webkitgtk:browserOptions": options,
    proxy: { proxyType: "manual", httpProxy: host, sslProxy: host, noProxy: ["localhost"] },
  };
  await answering(port);
  const driver = await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build();
  await driver.manage().setTimeouts({ script: PATIENCE, pageLoad: PATIENCE });
  return driver;
}

/** Runs a program, and gathers the page's errors since the first program that ran in it: the driver does not tell of them. */
const EVALUATE = `
  const [values, done] = arguments;
  if (!globalThis.errorsOfTest) {
    globalThis.errorsOfTest = [];
    const note = (error) => globalThis.errorsOfTest.push(String(error));
    addEventListener("error", ({ message }) => note(message));
    addEventListener("unhandledrejection", ({ reason }) => note(reason));
    const { error } = console;
    console.error = (...words) => (note(words.join(" ")), error(...words));
  }
  const finish = (outcome) => done({ ...outcome, errors: globalThis.errorsOfTest.splice(0) });
  Promise.resolve().then(() => (PROGRAM)(...values)).then((value) => finish({ value }), (error) => finish({ error: String(error) }));`;

async function open(driver) {
  const errors = [];
  await driver.switchTo().newWindow("window");
  await driver.manage().window().setRect({ x: 0, y: 0, width: 1000, height: 900 });
  const find = async (selector) => {
    const element = await driver.wait(
      until.elementLocated(selector.startsWith("xpath/") ? By.xpath(selector.slice(6)) : By.css(selector)),
      PATIENCE,
    );
    await driver.executeScript((one) => one.scrollIntoView({ block: "center" }), element);
    return element;
  };
  async function evaluate(program, ...values) {
    const outcome = await driver.executeAsyncScript(
      EVALUATE.replace("PROGRAM", () => String(program)),
      values,
    );
    errors.push(...outcome.errors);
    if (outcome.error) throw new Error(outcome.error);
    return outcome.value;
  }
  return {
    errors: async () => (await evaluate(() => undefined), errors),
    evaluate,
    goto: (address) => driver.get(address),
    reload: async () => {
      await driver.navigate().refresh();
      await driver
        .switchTo()
        .alert()
        .then(
          (dialog) => dialog.accept(),
          () => undefined,
        );
    },
    click: async (selector) => (await find(selector)).click(),
    fill: async (selector, text) => {
      const field = await find(selector);
      await field.clear();
      await field.sendKeys(text);
    },
    upload: async (selector, file) => (await driver.findElement(By.css(selector))).sendKeys(file),
    picture: async (path) => writeFileSync(path, await driver.takeScreenshot(), "base64"),
    close: async () => {
      await driver.close();
      await driver.switchTo().window((await driver.getAllWindowHandles())[0]);
    },
  };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function answering(port) {
  for (let times = 0; times < 100; times++) {
    if (
      await fetch(`http://127.0.0.1:${port}/status`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await new Promise((next) => setTimeout(next, 100));
  }
  throw new Error(`${DRIVER} does not answer`);
}
