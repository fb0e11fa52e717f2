/**
 * Prints how long the lab's page takes, from the request for it until it answers to its controls, on a machine that does nothing else:
 *
 *     npm run build:all && node dist/test/browser/interactive.js
 *
 * No test, for a test asserts no time.
 */
import { openBrowser, openPage, serveLab } from "../support/browser.ts";

const LOADS = 5;

const [lab, browser] = await Promise.all([serveLab(), openBrowser()]);
for (let load = 0; load < LOADS; load++) {
  const { page } = await openPage(browser);
  await page.goto(lab.url, { waitUntil: "commit" });
  // A click that changes what is shown has been answered; times count from the beginning of the navigation.
  const ms = await page.evaluate(`new Promise((resolve) => {
    const look = () => {
      const chinese = document.querySelectorAll(".preferences input")[4];
      chinese?.click();
      if (document.documentElement.lang === "zh-CN") resolve(performance.now());
      else setTimeout(look, 5);
    };
    look();
  })`);
  process.stdout.write(`interactive after ${Math.round(Number(ms))} ms\n`);
  await page.close();
}
await browser.close();
await lab.end();
