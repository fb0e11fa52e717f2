/**
 * The lab's page as people use it: served by the real `pentio lab --web`, shown by the system's Chromium.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { missing } from "./programs.ts";

export const cli = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const screenshots = fileURLToPath(new URL("../../../screenshots/", import.meta.url));

/** Why there is no browser here; false if there is one. */
export const withoutBrowser = missing("chromium", "--version");

/** Long enough for anything on a machine that is busy: only what hangs takes longer. */
const PATIENCE_MS = 60_000;

export function openBrowser(): Promise<Browser> {
  const { stdout } = spawnSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" });
  return chromium.launch({
    executablePath: stdout.trim(),
    timeout: PATIENCE_MS,
    args: [
      // Tests run as root in containers, where Chromium's sandbox does not work.
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A page that collects what the browser complains of. */
export async function openPage(browser: Browser): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, locale: "en" });
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (!/^(http:\/\/127\.0\.0\.1:|file:|data:)/.test(request.url())) complaints.push(request.url());
  });
  return { page, complaints };
}

/** Keeps a picture of the whole page, for people to look at. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  await page.evaluate("scrollTo(0, 0)");
  await page.screenshot({ path: `${screenshots}${name}.png`, fullPage: true });
}

/** `pentio lab --web`, until `end`. */
export async function serveLab(): Promise<{ url: string; end: () => Promise<unknown> }> {
  const lab = spawn(process.execPath, [cli, "lab", "--web"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface(lab.stdout), "line")) as [string];
  const end = () => {
    const ended = once(lab, "exit");
    lab.kill("SIGINT");
    return ended;
  };
  return { url: line.match(/http:\S+/)![0], end };
}
