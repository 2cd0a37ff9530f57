/** The engine is here. */
export const ready = (page) => page.locator(".engine strong", { hasText: "Ready" }).waitFor({ timeout: 180_000 });

const file = (name, text) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
const upload = (page, name, text) => page.setInputFiles("input[type=file]", file(name, text));
const spam = (page) => page.getByRole("button", { name: "Spam or not" }).click();
const expert = async (page, changes) => {
  await page.getByText("Settings for experts").click();
  for (const [name, value] of Object.entries(changes)) {
    await page.locator(`#${name}`).fill(String(value));
    await page.locator(`#${name}`).blur();
  }
};
const start = (page) => page.getByRole("button", { name: /Just train it|Train again/ }).click();
const done = (page, run = 1) => page.getByText(`Run ${run} is done`).waitFor({ timeout: 60000 });
const trouble = (seed) => async (page) => {
  await spam(page);
  await expert(page, { seed });
  await start(page);
  await page.getByRole("alert").waitFor({ timeout: 20000 });
};

/** How to bring the page, with the stand-in for the engine, into each of its states. */
export const STATES = {
  loading: { slow: true, go: async () => {} },
  first: { go: (page) => ready(page) },
  paste: { go: (page) => page.getByText("Paste rows").click() },
  cpu: { go: (page) => page.getByText("Why not the graphics").click() },
  about: { go: async (page) => { for (const one of await page.locator("footer summary").all()) await one.click(); } },
  data: { go: async (page) => { await spam(page); await page.locator("strong", { hasText: /^About/ }).waitFor({ timeout: 20000 }); } },
  "data-77": { go: async (page) => { await page.getByRole("button", { name: "bank" }).click(); await page.locator("strong", { hasText: /^About/ }).waitFor({ timeout: 20000 }); } },
  "data-checks": { go: async (page) => { await upload(page, "mine.csv", `text,label\n${"again,a\n".repeat(14)}${Array.from({ length: 30 }, (_, at) => `text number ${at} which is a bit longer,${at % 5 ? "b" : "rare"}\n`).join("")},a\n`); await page.getByText("What to know").waitFor(); } },
  "data-broken": { go: async (page) => { await upload(page, "broken.csv", "text,label\none,a\ntwo,b,c\n"); await page.getByRole("alert").waitFor(); } },
  "data-no-label": { go: async (page) => { await upload(page, "notes.csv", "text,other\none,a\ntwo,b\n"); await page.getByRole("alert").waitFor(); } },
  expert: { go: async (page) => { await spam(page); await page.getByText("Settings for experts").click(); await page.getByText("About ", { exact: false }).first().waitFor(); } },
  training: { go: async (page) => { await spam(page); await start(page); await page.waitForTimeout(3500); } },
  paused: { go: async (page) => { await spam(page); await start(page); await page.waitForTimeout(2500); await page.getByRole("button", { name: "Pause" }).click(); await page.getByText("Discard…").click(); } },
  lost: { go: trouble(901) },
  memory: { go: trouble(902) },
  diverged: { go: trouble(903) },
  used: { go: async (page) => { await spam(page); await expert(page, { layers: 2 }); await start(page); await done(page); await page.getByRole("button", { name: /of ham taken for spam/ }).click(); await page.waitForTimeout(600); } },
  "used-77": { go: async (page) => { await page.getByRole("button", { name: "bank" }).click(); await expert(page, { layers: 1, "max-steps": 20 }); await start(page); await done(page); await page.locator(".mistakes button").first().click(); await page.waitForTimeout(600); } },
  "two-runs": { go: async (page) => { await spam(page); await expert(page, { layers: 1, epochs: 1 }); await start(page); await done(page); await page.locator("#epochs").fill("0.7"); await page.locator("#method").selectOption("full"); await start(page); await done(page, 2); await page.waitForTimeout(600); } },
  pairs: { go: async (page) => { await page.getByRole("button", { name: "follow from" }).click(); await expert(page, { layers: 1, "max-steps": 20 }); await start(page); await done(page); await page.waitForTimeout(600); } },
};
