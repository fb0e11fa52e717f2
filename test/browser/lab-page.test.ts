import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import type { Form } from "../../src/lab/index.ts";
import type { Machine } from "../../src/lab/web/protocol.ts";
import { keepPicture, openBrowser, openPage, serveLab, withoutBrowser } from "../support/browser.ts";

describe("the lab's page, in a browser", { skip: withoutBrowser, timeout: 300_000 }, () => {
  let lab: Awaited<ReturnType<typeof serveLab>>;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let working: string[];

  before(async () => {
    [lab, browser] = await Promise.all([serveLab(), openBrowser()]);
    ({ page, complaints } = await openPage(browser));
    await page.goto(lab.url);
  });

  after(async () => {
    await browser?.close();
    await lab?.end();
  });

  afterEach(() => assert.deepEqual(complaints, []));

  const cardOf = (model: string, form: Form = "driver") =>
    page.locator(`.card[data-model="${model}"][data-form="${form}"]`);
  /** What the card of a model says of a phase. */
  const phase = (model: string, name: string, form?: Form) =>
    cardOf(model, form).locator(`[data-phase="${name}"]`);
  const freedoms = (rows: Locator) =>
    rows.evaluateAll((all) =>
      all.map((row) => [...row.querySelectorAll(".freed")].map(({ textContent }) => textContent)),
    );
  /** An animation stands at its beginning, however long the test takes to look, until what this returns is called. */
  const holdAnimations = async () => {
    const devTools = await page.context().newCDPSession(page);
    await devTools.send("Animation.enable");
    await devTools.send("Animation.setPlaybackRate", { playbackRate: 0 });
    return async () => {
      await devTools.send("Animation.setPlaybackRate", { playbackRate: 1 });
      await devTools.detach();
    };
  };
  /** How long the figure of a card shows the data to be waited for, by the ticks of its axis, in milliseconds. */
  const drawnWait = (model: string) =>
    cardOf(model).evaluate((card) => {
      const ticks = [...card.querySelector(".axis")!.querySelectorAll("g")].map((tick) => {
        const text = tick.querySelector("text")!.textContent!;
        const ms = Number.parseFloat(text) * (text.includes("µs") ? 0.001 : 1);
        return { ms, x: tick.querySelector("line")!.getBoundingClientRect().left };
      });
      const [first, last] = [ticks[0]!, ticks.at(-1)!];
      const { width } = card.querySelector("path.waiting")!.getBoundingClientRect();
      return (width * (last.ms - first.ms)) / (last.x - first.x);
    });
  const isIdle = () => page.locator(".running").waitFor({ state: "detached" });
  /** Waits until what the sliders ask for is shown. */
  const untilMeasured = async () => {
    await page.locator(".card.stale").first().waitFor({ state: "detached" });
    await isIdle();
  };

  it("shows a time line with both phases, and what the thread does in each, for every model", async () => {
    const { models } = (await (await fetch(`${lab.url}api/machine`)).json()) as Machine;
    working = models.filter(({ works }) => works).map(({ model }) => model);
    assert.notEqual(working.length, 0);
    for (const model of working) {
      const figure = cardOf(model).locator("svg[role=img]");
      assert.match((await figure.getAttribute("aria-label"))!, /thread|kernel/i);
      assert.match((await phase(model, "waiting").textContent())!, /^Waiting for data [\d.,]+ ms.*thread/);
      assert.match((await phase(model, "copying").textContent())!, /^Copying data .*(thread|kernel)/);
    }
    await isIdle();
    await keepPicture(page, "models");
  });

  it("tells which phase blocks the thread in which model", async () => {
    const expected: [model: string, form: Form, waiting: string, copying: string][] = [
      ["blocking", "plain", "blocked", "blocked"],
      ["blocking", "driver", "free", "free"],
      ["nonblocking", "plain", "asking", "blocked"],
      ["nonblocking", "driver", "asking", "blocked"],
      ["select", "plain", "blocked", "blocked"],
      ["select", "driver", "free", "blocked"],
      ["poll", "plain", "blocked", "blocked"],
      ["poll", "driver", "free", "blocked"],
      ["epoll", "plain", "blocked", "blocked"],
      ["epoll", "driver", "free", "blocked"],
      ["signal", "driver", "free", "blocked"],
      ["aio", "driver", "free", "free"],
      ["io_uring", "driver", "free", "free"],
    ];
    const shown = expected.filter(([model]) => working.includes(model));
    // The table and the cards, in the order of the book, whose own forms come first.
    for (const rows of [page.locator(".glance tbody tr"), page.locator(".card[data-model]")]) {
      const titles = await rows.evaluateAll((all) =>
        all.map(({ dataset }) => `${dataset.model} ${dataset.form}`),
      );
      assert.deepEqual(
        titles,
        shown.map(([model, form]) => `${model} ${form}`),
      );
      assert.deepEqual(
        await freedoms(rows),
        shown.map(([, , ...phases]) => phases),
      );
    }
  });

  it("names each system call to who goes there by keyboard", async () => {
    const card = cardOf("epoll");
    const marks = card.locator(".marks button");
    const names = await marks.evaluateAll((buttons) => buttons.map((button) => button.ariaLabel));
    assert.ok(
      names.some((name) => name!.startsWith("recv → 1,024 bytes")),
      String(names),
    );
    await marks.and(page.locator("[tabindex='0']")).focus();
    for (const [key, index] of [
      ["End", names.length - 1],
      ["ArrowLeft", names.length - 2],
      ["Home", 0],
    ] as const) {
      await page.keyboard.press(key);
      assert.equal(await card.getByRole("tooltip").textContent(), names[index]);
    }
  });

  it("replays what was measured", async () => {
    const veil = cardOf("epoll").locator(".veil rect").first();
    const goOn = await holdAnimations();
    assert.equal(await veil.isVisible(), false);
    await page.getByRole("button", { name: "Replay" }).click();
    await veil.waitFor({ state: "visible" });
    await page.evaluate("for (const animation of document.getAnimations()) animation.finish()");
    await veil.waitFor({ state: "hidden" });
    await goOn();
  });

  it("replays in a few steps for who wants no motion", async () => {
    const goOn = await holdAnimations();
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.getByRole("button", { name: "Replay" }).click();
    await page.waitForFunction("document.getAnimations().length > 0");
    const easing = await page.evaluate("document.getAnimations()[0].effect.getTiming().easing");
    assert.match(String(easing), /^steps/);
    await page.evaluate("for (const animation of document.getAnimations()) animation.finish()");
    await goOn();
  });

  it("measures anew when the delay is longer, and draws a longer wait", async () => {
    const delay = page.getByRole("slider", { name: "Delay of the data" });
    await delay.fill("0");
    await untilMeasured();
    const shorter = await Promise.all(working.map(drawnWait));
    await delay.fill("5");
    assert.equal(await delay.getAttribute("aria-valuetext"), "50 ms");
    await untilMeasured();
    for (const [index, model] of working.entries()) {
      const wait = await drawnWait(model);
      assert.ok(shorter[index]! >= 0.9 && wait >= 49, `${model}: ${shorter[index]} and ${wait}`);
    }
    const said = await page.locator('[data-phase="waiting"] b').allTextContents();
    for (const wait of said) assert.ok(Number.parseFloat(wait.replace(",", "")) >= 50, wait);
  });

  it("measures anew when the message is larger, and its calls copy more", async () => {
    const copied = () =>
      cardOf("epoll")
        .getByRole("button", { name: /^recv → [\d,]+ bytes?/ })
        .last();
    const size = page.getByRole("slider", { name: "Message size" }).first();
    for (const [value, bytes] of [
      ["0", "1 byte"],
      ["5", "60,000 bytes"],
    ] as const) {
      await size.fill(value);
      await untilMeasured();
      assert.ok((await copied().getAttribute("aria-label"))!.startsWith(`recv → ${bytes},`));
    }
  });

  it("draws charts under load, which go further with more connections, and grow until they are stopped", async () => {
    await page.getByRole("link", { name: "Under load" }).click();
    const connections = page.getByRole("slider", { name: "Connections, up to" });
    const rows = page.locator(".numbers tbody tr");
    const steps = () => rows.evaluateAll((all) => all.map((row) => row.children[1]!.textContent));
    await connections.fill("0");
    await rows.nth(working.length).waitFor({ state: "attached" });
    await isIdle();
    assert.equal(await page.locator(".chart canvas").count(), 6);
    assert.deepEqual(new Set(await steps()), new Set(["1"]));
    const canvas = page.locator(".chart canvas").first();
    const before = await canvas.screenshot();
    // Long enough to be stopped before it ends.
    await connections.fill("3");
    await rows.getByText("10", { exact: true }).first().waitFor({ state: "attached" });
    assert.notDeepEqual(await canvas.screenshot(), before);
    await page.getByRole("button", { name: "Stop" }).click();
    await isIdle();
    assert.match((await page.locator(".trouble").textContent())!, /stopped/);
    const measured = new Set(await steps());
    assert.ok(measured.has("1") && measured.has("10") && !measured.has("1,000"), [...measured].join());
    await page.getByLabel("node:net").uncheck();
    await keepPicture(page, "under-load");
  });

  it("boils four kettles, and says that they wait while something else is measured", async () => {
    await page.getByRole("slider", { name: "Connections, up to" }).fill("4");
    await page.locator(".running progress[value]").waitFor();
    // The first figures take the place of those of the run before.
    await page
      .locator(".numbers tbody td")
      .getByText("10", { exact: true })
      .first()
      .waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Four kettles" }).click();
    await page.locator(".running").getByText("Four kettles: waits its turn").waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await isIdle();
    const boils = page.locator(".running progress:indeterminate").waitFor();
    await page.getByRole("button", { name: "Boil again" }).click();
    await boils;
    for (const kettle of [0, 1, 2, 3]) {
      await page.locator(`[data-kettle="${kettle}"]`).getByText("kettle boils").waitFor();
    }
    await isIdle();
    await keepPicture(page, "kettles");
  });

  it("speaks Chinese, also when it is loaded again, and then shows what was measured", async () => {
    await page.getByText("中文").click();
    await page.reload();
    await page.locator('html[lang="zh-CN"]').waitFor();
    await page.getByText("四把水壶").first().waitFor();
    await page.getByRole("link", { name: "五种模型" }).click();
    assert.match((await phase("epoll", "waiting").textContent())!, /^等待数据/);
    await page.locator(".running, .trouble").first().waitFor({ state: "detached" });
    await keepPicture(page, "chinese");
    await page.getByText("English").click();
    await page.locator('html[lang="en"]').waitFor();
  });

  it("is light or dark, as the system is or as the reader chooses", async () => {
    const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    await page.emulateMedia({ colorScheme: "light" });
    const light = await ground();
    const canvas = "document.querySelector('.chart canvas').toDataURL()";
    await page.getByRole("link", { name: "Under load" }).click();
    await page.locator(".chart canvas").first().waitFor();
    const lines = await page.evaluate(canvas);
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await ground();
    assert.notEqual(dark, light);
    await page.waitForFunction(`${canvas} !== ${JSON.stringify(lines)}`);
    await page.getByText("Light", { exact: true }).click();
    assert.equal(await ground(), light);
    await page.getByText("Dark", { exact: true }).click();
    await page.reload();
    assert.equal(await ground(), dark);
    await page.locator(".chart canvas").first().waitFor();
    await keepPicture(page, "dark");
  });

  it("shows the part that its address names, also when it is loaded there", async () => {
    await page.goto(`${lab.url}#/compare`);
    await page.reload();
    await page.locator(".card").last().waitFor();
    await page.waitForFunction(`(() => {
      const { top } = document.getElementById("compare").getBoundingClientRect();
      return scrollY > 0 && top > -2 && top < innerHeight / 2;
    })()`);
  });

  it("needs no sideways scrolling on a narrow screen", async () => {
    await page.setViewportSize({ width: 320, height: 700 });
    for (const route of ["models", "kettles"]) {
      await page.goto(`${lab.url}#/${route}`);
      await page.locator(".card").last().waitFor();
      await page.waitForFunction("document.documentElement.scrollWidth === innerWidth");
      await keepPicture(page, `narrow-${route}`);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it("can be used by keyboard alone, and shows where one is", async () => {
    await page.goto(`${lab.url}#/models`);
    await page.locator(".card").last().waitFor();
    const reached = new Set<string>();
    for (let presses = 0; presses < 16; presses++) {
      await page.keyboard.press("Tab");
      // A radio button is drawn by the words beside it.
      reached.add(
        await page.evaluate(`(() => {
          const { activeElement: at } = document;
          const drawn = at.type === "radio" ? at.nextElementSibling : at;
          return [at.tagName, at.type, getComputedStyle(drawn).outlineStyle].join(" ");
        })()`),
      );
    }
    for (const control of ["A  solid", "INPUT radio solid", "INPUT range solid", "BUTTON button solid"]) {
      assert.ok(reached.has(control), `${control} is not among ${[...reached].join(", ")}`);
    }
  });
});
