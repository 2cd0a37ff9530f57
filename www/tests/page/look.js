// Pictures of every state of the page, at two widths and in two colour schemes, into ../../screenshots:
// `node page/build.js --fake && node tests/page/look.js [state] [width] [scheme]`
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
process.env.SUBTUNE_SITE ??= "site-fake";
const { launchPlain, SITE } = await import("./browser.js");
const { serveSite } = await import("./server.js");
const { ready, STATES } = await import("./states.js");

const folder = fileURLToPath(new URL("../../screenshots/", import.meta.url));
mkdirSync(folder, { recursive: true });
const [only, width, scheme] = process.argv.slice(2);
const site = await serveSite(SITE);
const slowSite = await serveSite(SITE, { slow: 1e6 });
const browser = await launchPlain();

for (const wide of [360, 1280]) {
  for (const colorScheme of ["light", "dark"]) {
    if ((width && width !== "all" && Number(width) !== wide) || (scheme && scheme !== colorScheme)) continue;
    for (const [name, { slow, go }] of Object.entries(STATES)) {
      if (only && only !== "all" && !name.startsWith(only)) continue;
      const context = await browser.newContext({ viewport: { width: wide, height: 800 }, colorScheme });
      const page = await context.newPage();
      page.on("pageerror", (error) => console.log(name, "error:", error.message));
      page.on("console", (message) => ["error", "warning"].includes(message.type()) && console.log(name, message.type(), message.text()));
      try {
        await page.goto((slow ? slowSite : site).address);
        if (slow) await page.waitForTimeout(3000);
        else await ready(page);
        await go(page);
        await page.waitForTimeout(200);
      } catch (error) {
        console.log(name, wide, colorScheme, error.message.split("\n")[0]);
      }
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (beyond > 0) console.log(name, wide, "is wider than the window by", beyond);
      await page.screenshot({ path: `${folder}${name}-${wide}-${colorScheme}.png`, fullPage: true });
      await context.close();
    }
  }
}
await browser.close();
site.close();
slowSite.close();
