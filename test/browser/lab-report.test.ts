import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { cli, keepPicture, openBrowser, openPage, withoutBrowser } from "../support/browser.ts";
import { folder } from "../support/folders.ts";

/** Has the lab write a report, and opens it as a double click on the file would. */
async function openReport(t: TestContext, ...options: string[]) {
  const file = join(folder(t), "report.html");
  const args = ["lab", "--models", "epoll", "--seconds", "1", "--report", file, ...options];
  execFileSync(process.execPath, [cli, ...args], { stdio: "ignore" });
  const browser = await openBrowser();
  t.after(() => browser.close());
  const { page, complaints } = await openPage(browser);
  await page.goto(pathToFileURL(file).href);
  return { page, complaints };
}

describe("the lab's report, opened from disk", { skip: withoutBrowser, timeout: 180_000 }, () => {
  it("shows its figures and time lines, and fits into a narrow screen", async (t) => {
    const { page, complaints } = await openReport(t, "--lang", "en");
    assert.equal(await page.getAttribute("html", "lang"), "en");
    assert.ok(await page.getByRole("cell", { name: /^[\d,.]+$/ }).count());
    assert.ok(await page.locator("svg").count());
    await keepPicture(page, "report");
    await page.setViewportSize({ width: 320, height: 700 });
    assert.equal(await page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0);
    assert.deepEqual(complaints, []);
  });

  it("is in Chinese on demand", async (t) => {
    const { page, complaints } = await openReport(t, "--lang", "zh", "--phases");
    assert.match((await page.getAttribute("html", "lang"))!, /^zh/);
    assert.match((await page.locator("body").textContent())!, /等待数据/);
    await keepPicture(page, "report-chinese");
    assert.deepEqual(complaints, []);
  });
});
