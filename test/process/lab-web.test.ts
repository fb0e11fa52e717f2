/** The server of the lab's page, as its page and others meet it: real requests, real runs, real children. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { probeModels } from "../../src/drivers/index.ts";
import type { LabEvent, Machine } from "../../src/lab/web/protocol.ts";
import { descendants, untilGone } from "../support/descendants.ts";
import { cli, ServedLab } from "../support/lab-client.ts";

const guard = { timeout: 180_000 };
const working = probeModels().flatMap(({ model, works }) => (works ? [model as string] : []));

describe("the server of the lab's page", () => {
  let lab: ServedLab;

  before(async () => {
    lab = await ServedLab.start();
  });
  after(() => lab.child.kill("SIGKILL"));

  /** A request with headers that fetch(2) does not let one choose. @returns status and headers */
  async function ask(path: string, headers: Record<string, string>, method = "GET") {
    const asking = request({ host: "127.0.0.1", port: new URL(lab.origin).port, path, method, headers });
    const [response] = await once(asking.end(), "response");
    response.resume();
    return response as { statusCode: number; headers: Record<string, string> };
  }

  it("tells the machine and its models", guard, async () => {
    const machine = (await (await fetch(`${lab.origin}/api/machine`)).json()) as Machine;
    assert.equal(machine.node, process.version);
    assert.deepEqual(
      machine.models.flatMap(({ model, works }) => (works ? [model] : [])),
      working,
    );
    for (const { works, reason } of machine.models) assert.ok(works || reason !== "");
  });

  it("answers its own page alone, on this machine alone", guard, async () => {
    const { host } = new URL(lab.origin);
    const statusFor = async (headers: Record<string, string>) =>
      (await ask("/api/machine", headers)).statusCode;
    assert.equal(await statusFor({ host }), 200);
    assert.equal(await statusFor({ host: host.replace("127.0.0.1", "localhost") }), 200);
    assert.equal(await statusFor({ host, origin: lab.origin }), 200);
    assert.equal(await statusFor({ host: "rebound.example" }), 403);
    assert.equal(await statusFor({ host: `rebound.example:${new URL(lab.origin).port}` }), 403);
    assert.equal(await statusFor({ host, origin: "https://elsewhere.example" }), 403);
    assert.equal(await statusFor({ host, origin: "null" }), 403);
  });

  it("allows nothing from elsewhere, and keeps nothing in caches", guard, async () => {
    const { headers } = await fetch(`${lab.origin}/api/machine`);
    assert.match(headers.get("content-security-policy")!, /^default-src 'none'; script-src 'self';/);
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  });

  it("gives no file but the page's, however the path is written", guard, async () => {
    const { host } = new URL(lab.origin);
    for (const path of [
      "/../package.json",
      "/%2e%2e/package.json",
      "/..%2fpackage.json",
      "//etc/passwd",
      "/assets/../../src/cli/main.js",
      "/\\..\\package.json",
      "/constructor",
      "/api/nothing",
    ]) {
      assert.equal((await ask(path, { host })).statusCode, 404, path);
    }
    assert.equal((await ask("/", { host }, "DELETE")).statusCode, 405);
    assert.equal((await ask("/api/phases", { host }, "PUT")).statusCode, 405);
  });

  it("says what is wrong with an order", guard, async () => {
    for (const [path, body, status, error] of [
      ["/api/phases", { delayMs: -1 }, 400, /^delayMs has to be a whole number from 1 to 500, not -1$/],
      ["/api/phases", { sizeBytes: "many" }, 400, /^sizeBytes has to be .*not "many"$/],
      ["/api/phases", { delayMs: 1, models: [] }, 400, /^"models" is not known here; it takes delayMs and/],
      ["/api/compare", { connections: [10, 1] }, 400, /^connections has to grow/],
      ["/api/compare", { connections: [1.5] }, 400, /^connections has to be a whole number/],
      ["/api/compare", { connections: [20_000] }, 400, /^connections has to be .* to 10000, not 20000$/],
      ["/api/compare", { connections: [] }, 400, /^connections has to be an array of 1 to 8/],
      ["/api/kettles", { tea: true }, 400, /^"tea" is not known here; it takes nothing$/],
      ["/api/kettles", [], 400, /^The body has to be a JSON object$/],
      ["/api/kettles", "{", 400, /^The body is not JSON/],
      ["/api/kettles", JSON.stringify({ a: "x".repeat(20_000) }), 413, /^A body has/],
      ["/api/nothing", {}, 404, /^There is no/],
    ] as const) {
      const answer = await lab.order(path, body);
      assert.equal(answer.status, status, JSON.stringify([path, answer]));
      assert.match(answer.body.error, error);
    }
    const form = await fetch(`${lab.origin}/api/kettles`, { method: "POST", body: "{}" });
    assert.equal(form.status, 415);
  });

  it("survives who hangs up in the middle of a request", guard, async () => {
    const { hostname, port, host } = new URL(lab.origin);
    const socket = connect(Number(port), hostname);
    const head = `POST /api/stop HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n`;
    socket.end(`${head}Content-Length: 100\r\n\r\n{`);
    await once(socket.resume(), "close");
    assert.equal((await fetch(`${lab.origin}/api/machine`)).status, 200);
  });

  it("measures the phases of a read on every model, and tells who comes late, too", guard, async () => {
    const run = await lab.run("/api/phases", { delayMs: 5, sizeBytes: 100 });
    const events = await lab.eventsOf(run);
    const timelines = events.flatMap((event) => (event.type === "phases" ? [event.timeline] : []));
    const measured = new Set(timelines.map(({ model }) => model.split(" ")[0]));
    assert.deepEqual([...measured], working);
    for (const { delayMs, sizeBytes, toldUs } of timelines) {
      assert.deepEqual([delayMs, sizeBytes], [5, 100]);
      assert.ok(toldUs >= 5000);
    }
    assert.deepEqual(events.at(-1), { type: "done", run, kind: "phases" });
    assert.deepEqual(await lab.eventsOf(run), events, "again, for a page that is loaded anew");
  });

  it("boils the four kettles, each in its way", guard, async () => {
    const events = await lab.eventsOf(await lab.run("/api/kettles"));
    const of = (kettle: number) =>
      events.flatMap((event) => (event.type === "kettle" && event.kettle === kettle ? [event] : []));
    const lines = (kettle: number) => of(kettle).map(({ line }) => line);
    assert.deepEqual(lines(0), ["standing at the stove", "the watched kettle boils"]);
    assert.deepEqual(lines(2), ["listening for the whistle", "whistle: the whistling kettle boils"]);
    for (const [kettle, first, last] of [
      [1, "reading page 1 of the paper", "the visited kettle boils"],
      [3, "watching channel 1", "whistle: the forgotten kettle boils"],
    ] as const) {
      assert.ok(lines(kettle).length > 2, "there is time for other things");
      assert.deepEqual([lines(kettle).at(0), lines(kettle).at(-1)], [first, last]);
    }
    for (const kettle of [0, 1, 2, 3]) assert.equal(of(kettle)[0]!.atMs, 0);
    assert.equal(events.at(-1)!.type, "done");
  });

  it("compares all models and node:net under connections", guard, async () => {
    const run = await lab.run("/api/compare", { connections: [2], sizeBytes: 10 });
    const events = await lab.eventsOf(run);
    const samples = events.flatMap((event) => (event.type === "sample" ? [event] : []));
    assert.deepEqual(
      samples.map(({ model, connections }) => [model, connections]),
      [...working, "node:net"].map((name) => [name, 2]),
    );
    for (const { sample } of samples) {
      const { latencyUs, cpuUsPerRequest, requestsPerSecond, systemCallsPerRequest, notMeasured } = sample;
      assert.ok(cpuUsPerRequest > 0 && requestsPerSecond > 0, JSON.stringify(sample));
      assert.ok(latencyUs.p50 <= latencyUs.p90 && latencyUs.p99 <= latencyUs.p999);
      assert.equal(systemCallsPerRequest === null, notMeasured?.systemCallsPerRequest !== undefined);
    }
  });

  /** Waits until a run has begun and has children. @returns them */
  async function childrenOf(run: number): Promise<number[]> {
    await lab.eventsUntil((event: LabEvent) => event.type === "progress" && event.run === run);
    for (;;) {
      const children = descendants(lab.child.pid!);
      if (children.length > 0) return children;
      await delay(10);
    }
  }

  it("ends the children of a run that another takes the place of, or that is stopped", guard, async () => {
    const first = await lab.run("/api/compare");
    const children = await childrenOf(first);
    const second = await lab.run("/api/compare");
    await untilGone(children);
    const childrenOfSecond = await childrenOf(second);
    assert.equal((await lab.order("/api/stop")).status, 200);
    await untilGone(childrenOfSecond);
    assert.deepEqual((await lab.eventsOf(second)).at(-1), {
      type: "failed",
      run: second,
      kind: "compare",
      message: "stopped",
    });
  });

  it(
    "has an address of its own beside another, and fails where it is told to have the same",
    guard,
    async () => {
      const other = await ServedLab.start();
      assert.notEqual(other.origin, lab.origin);
      other.child.kill("SIGINT");
      await once(other.child, "exit");
      const { port } = new URL(lab.origin);
      const taken = spawnSync(process.execPath, [cli, "lab", "--web", "--port", port], { encoding: "utf8" });
      assert.equal(taken.status, 2);
      assert.match(taken.stderr, /^pentio lab: --port: .*EADDRINUSE/);
    },
  );

  it("ends with SIGINT, as do its children and all connections", guard, async () => {
    const children = await childrenOf(await lab.run("/api/compare"));
    const listening = fetch(`${lab.origin}/api/events`).then(({ body }) =>
      body!.pipeTo(new WritableStream()),
    );
    const hungUp = assert.rejects(listening);
    const ended = once(lab.child, "exit");
    lab.child.kill("SIGINT");
    assert.deepEqual(await ended, [0, null]);
    await untilGone(children);
    await hungUp;
  });
});
