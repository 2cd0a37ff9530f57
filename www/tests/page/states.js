/** The engine is here. */
export const ready = (page) => page.locator(".engine strong", { hasText: "Ready" }).waitFor({ timeout: 180_000 });

/** With a click, as a person does it: what moves in answer to it does not count as moving by itself. */
const upload = async (page, name, text) => {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.locator(".drop").click()]);
  await chooser.setFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
};
const sample = (page, name) => page.getByRole("button", { name }).click();
const spam = (page) => sample(page, "Spam or not");
const alert = (page) => page.getByRole("alert").waitFor({ timeout: 60_000 });
const measured = (page) => page.locator(".estimate strong", { hasText: /^About/ }).waitFor({ timeout: 20_000 });
const expert = async (page, changes = {}) => {
  await page.getByText("Settings for experts").click();
  for (const [name, value] of Object.entries(changes)) {
    await page.locator(`#${name}`).fill(String(value));
    await page.locator(`#${name}`).blur();
  }
};
const start = (page) => page.getByRole("button", { name: /Just train it|Train again/ }).click();
const done = async (page, run = 1) => {
  await page.getByText(`Run ${run} is done`).waitFor({ timeout: 60_000 });
  await page.locator('.says[aria-busy="false"] :is(table, .big)').waitFor();
  await measured(page);
};
const trouble = (seed) => async (page) => {
  await spam(page);
  await expert(page, { seed });
  await start(page);
  await alert(page);
  await page.waitForTimeout(1000);
};
const checks = `text,label\n${"again,a\n".repeat(14)}${Array.from({ length: 30 }, (_, at) => `text number ${at} which is a bit longer,${at % 5 ? "b" : "rare"}\n`).join("")},a\nagain,b\n${"very long words ".repeat(60)},b\n`;
const rows = (count, row) => Array.from({ length: count }, (_, at) => row(at)).join("\n");
const understood = `id,text,label,note\n${rows(60, (at) => `${at},a message about number ${at} of the list,${at % 9 === 4 ? "" : at % 2 ? "refund" : "delivery"},n`)}\n`;
const sheets = `text,label\n${rows(40, (at) => `an answer with number ${at},${at % 2 ? "yes" : "no"}`)}\n===\nwhat,who\nnothing,nobody\n`;
const tickets = `text,team,urgent\n${rows(40, (at) => `a ticket with number ${at},${at % 2 ? "billing" : "support"},${at % 3 ? "no" : "yes"}`)}\n`;
const posts = `title,body,label\n${rows(40, (at) => `the title of post ${at},what stands in post ${at} is a little longer,${at % 2 ? "keep" : "remove"}`)}\n`;
const cases = `text,label\n${rows(45, (at) => `a text with number ${at},${["Billing", "billing", "delivery"][at % 3]}`)}\n`;
const asked = (page) => page.locator(".question").waitFor();
const stars = `review,stars\n${Array.from({ length: 90 }, (_, at) => `review number ${at} of a place,${(1 + ((at * 7) % 41) / 10).toFixed(1)}\n`).join("")}`;

/** As a phone does when another app comes to the front: the training is kept at once. */
export const hide = (page) =>
  page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
    delete document.visibilityState;
  });
/** Trains until something is kept, and loads the page again. */
const interrupt = async (page, changes) => {
  await spam(page);
  await expert(page, { "num-train-epochs": 12, ...changes });
  await start(page);
  await page.getByText(/^1\d of 384/).waitFor();
  await hide(page);
  await page.getByText(/^step \d+$/).waitFor();
  page.on("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await ready(page);
  await page.getByRole("heading", { name: "A training was interrupted" }).waitFor();
};

/** How to bring the page, with the stand-in for the engine, into each of its states. `site` names another server than the usual one. */
export const STATES = {
  loading: { site: "slow", go: (page) => page.locator(".engine progress").waitFor() },
  "not-arrived": { site: "incomplete", go: alert },
  first: { go: ready },
  paste: { go: (page) => page.getByText("Paste rows").click() },
  cpu: { go: (page) => page.getByText("Why not the graphics").click() },
  about: {
    go: async (page) => {
      for (const one of await page.locator("footer summary").all()) await one.click();
    },
  },
  data: { go: async (page) => (await spam(page), await measured(page)) },
  "data-77": { go: async (page) => (await sample(page, "bank"), await measured(page)) },
  "data-checks": { go: async (page) => (await upload(page, "mine.csv", checks), await measured(page)) },
  "data-numbers": { go: async (page) => (await upload(page, "stars.csv", stars), await measured(page)) },
  "data-broken": { go: async (page) => (await upload(page, "broken.csv", "text,label\none,a\ntwo,b,c\n"), await alert(page)) },
  "data-understood": { go: async (page) => (await upload(page, "answers.csv", understood), await measured(page)) },
  "data-sheets": { go: async (page) => (await upload(page, "survey.xlsx", sheets), await measured(page)) },
  "ask-label": { go: async (page) => (await upload(page, "tickets.csv", tickets), await asked(page)) },
  "ask-text": { go: async (page) => (await upload(page, "posts.csv", posts), await asked(page)) },
  "ask-merge": { go: async (page) => (await upload(page, "cases.csv", cases), await asked(page)) },
  "ask-answered": {
    go: async (page) => {
      await upload(page, "cases.csv", cases);
      await page.getByRole("button", { name: "The same: make them one" }).click();
      await measured(page);
    },
  },
  "data-no-label": { go: async (page) => (await upload(page, "notes.csv", "text,other\none,a\ntwo,b\n"), await alert(page)) },
  expert: { go: async (page) => (await spam(page), await expert(page), await measured(page)) },
  "no-webgpu": {
    go: async (page) => {
      await spam(page);
      await expert(page);
      await page.locator("#device").selectOption("webgpu");
      await alert(page);
    },
  },
  training: {
    go: async (page) => {
      await spam(page);
      await expert(page, { "num-train-epochs": 12 });
      await page.getByText("Settings for experts").click();
      await measured(page);
      await start(page);
      await page.getByText(/^1[0-5]\d of 384/).waitFor();
    },
  },
  paused: {
    go: async (page) => {
      await spam(page);
      await start(page);
      await page.getByText(/^1\d of 96/).waitFor();
      await page.getByRole("button", { name: "Pause" }).click();
      await page.getByText("Discard…").click();
    },
  },
  recovered: {
    go: async (page) => {
      await spam(page);
      await expert(page, { seed: 904, "num-train-epochs": 12 });
      await page.getByText("Settings for experts").click();
      await start(page);
      await page.locator(".progress .note").waitFor();
      await page.getByText(/^4\d of 384/).waitFor();
    },
  },
  interrupted: { go: (page) => interrupt(page) },
  resumed: {
    go: async (page) => {
      await interrupt(page);
      await page.getByRole("button", { name: "Go on with Spam or not" }).click();
      await page.getByText(/^3\d of 384/).waitFor();
    },
  },
  "interrupted-damaged": {
    go: async (page) => {
      await interrupt(page, { seed: 906 });
      await page.getByRole("button", { name: "Go on with Spam or not" }).click();
      await alert(page);
      await page.getByRole("button", { name: "Discard Spam or not" }).click();
      await page.getByRole("button", { name: "Yes, throw it away" }).waitFor();
    },
  },
  lost: { go: trouble(901) },
  memory: { go: trouble(902) },
  diverged: { go: trouble(903) },
  used: {
    go: async (page) => {
      await spam(page);
      await expert(page, { layers: 2 });
      await measured(page);
      await start(page);
      await done(page);
      await page.getByRole("button", { name: /of ham taken for spam/ }).click();
    },
  },
  "used-77": {
    go: async (page) => {
      await sample(page, "bank");
      await expert(page, { layers: 1, "max-steps": 20 });
      await start(page);
      await done(page);
      await page.locator(".mistakes button").first().click();
    },
  },
  "used-pairs": {
    go: async (page) => {
      await sample(page, "follow from");
      await expert(page, { layers: 1, "max-steps": 20 });
      await start(page);
      await done(page);
    },
  },
  "used-numbers": {
    go: async (page) => {
      await upload(page, "stars.csv", stars);
      await expert(page, { layers: 1 });
      await start(page);
      await page.getByText("Run 1 is done").waitFor();
      await page.locator("#try-text").fill("A place that is fine");
      await done(page);
    },
  },
  /** The last model is there, and another like it is trained to tell how good it is. */
  measuring: {
    go: async (page) => {
      await spam(page);
      await expert(page, { "max-steps": 20, seed: 907 });
      await page.getByText("Settings for experts").click();
      await measured(page);
      await start(page);
      await page.getByText("training a second model").waitFor();
    },
  },
  unmeasured: {
    go: async (page) => {
      await STATES.measuring.go(page);
      await page.getByRole("button", { name: "Keep it unmeasured" }).click();
      await page.getByText("stopped by you").waitFor();
      await page.getByText("You stopped the training before that").waitFor();
      await page.locator('.says[aria-busy="false"] :is(table, .big)').waitFor();
    },
  },
  "two-runs": {
    go: async (page) => {
      await spam(page);
      await expert(page, { layers: 1, "num-train-epochs": 2 });
      await start(page);
      await done(page);
      await page.locator("#num-train-epochs").fill("3");
      await page.locator("#num-train-epochs").blur();
      await page.locator("#method").selectOption("full");
      await start(page);
      await done(page, 2);
    },
  },
};
