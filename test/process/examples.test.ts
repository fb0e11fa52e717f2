import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { missing } from "../support/programs.ts";
import { noRedis, startWorker, TestRedis } from "../support/redis.ts";

const examples = new URL("../../examples/", import.meta.url);
const children: ChildProcess[] = [];

function example(name: string): string {
  return fileURLToPath(new URL(name, examples));
}

/** Starts a server on a port of the system's choice and gives the port that it prints. */
async function serve(name: string, model = "auto"): Promise<number> {
  const child = spawn(process.execPath, [example(name), "0"], {
    env: { ...process.env, PENTIO_MODEL: model },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout }))
    return Number(/^listening (\d+)$/.exec(line)![1]);
  throw new Error(`${name} printed nothing`);
}

/** Sends text through node:net, ends, and gives all that comes back. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.end(text);
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return answer;
}

describe("the examples", () => {
  after(() => {
    for (const child of children) child.kill();
  });

  const tested = new Set<string>();

  for (const name of ["echo-server.js", "echo-server-await.js"]) {
    tested.add(name);
    for (const model of ["io_uring", "epoll"]) {
      it(`${name} gives every client its bytes back on ${model}`, { timeout: 180_000 }, async () => {
        const port = await serve(name, model);
        const texts = ["hello\n", "x".repeat(300_000), "z"];
        assert.deepEqual(await Promise.all(texts.map((text) => exchange(port, text))), texts);
      });

      it(`${name} goes on after a client has reset its connection on ${model}`, {
        timeout: 180_000,
      }, async () => {
        const port = await serve(name, model);
        const rude = connect(port, "127.0.0.1");
        await new Promise((resolve) => rude.once("connect", resolve));
        rude.resetAndDestroy();
        assert.equal(await exchange(port, "still there?"), "still there?");
      });
    }
  }

  tested.add("selectors-echo.js");
  it("selectors-echo.js gives every client its bytes back", { timeout: 180_000 }, async () => {
    const port = await serve("selectors-echo.js");
    const texts = ["hello\n", "x".repeat(3_000_000), "z"];
    assert.deepEqual(await Promise.all(texts.map((text) => exchange(port, text))), texts);
  });

  it("selectors-echo.js serves 1,000 clients at once", { timeout: 180_000 }, async () => {
    const port = await serve("selectors-echo.js");
    const texts = Array.from({ length: 1000 }, (_, i) => `client ${i}\n`);
    assert.deepEqual(await Promise.all(texts.map((text) => exchange(port, text))), texts);
  });

  it("selectors-echo.js serves netcat", { timeout: 180_000, skip: missing("nc", "-h") }, async () => {
    const port = await serve("selectors-echo.js");
    const netcat = spawn("nc", ["-N", "127.0.0.1", String(port)]);
    children.push(netcat);
    netcat.stdin.end("typed\n");
    assert.equal((await netcat.stdout.toArray()).join(""), "typed\n");
  });

  it("selectors-echo.js goes on after a client has reset its connection", { timeout: 180_000 }, async () => {
    const port = await serve("selectors-echo.js");
    const rude = connect(port, "127.0.0.1");
    await new Promise((resolve) => rude.once("connect", resolve));
    rude.write("x".repeat(100_000));
    rude.resetAndDestroy();
    assert.equal(await exchange(port, "still there?"), "still there?");
  });

  tested.add("cluster-echo.js");
  it("cluster-echo.js gives every client its bytes back", { timeout: 180_000 }, async () => {
    const port = await serve("cluster-echo.js");
    const texts = ["hello\n", "x".repeat(300_000), "z"];
    assert.deepEqual(await Promise.all(texts.map((text) => exchange(port, text))), texts);
  });

  tested.add("cancellation.js");
  it("cancellation.js prints what it promises", { timeout: 180_000 }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [example("cancellation.js")]);
    assert.deepEqual(stdout.trim().split("\n"), [
      "waiting for data that never comes",
      "cleaned up",
      "the reader is cancelled",
    ]);
  });

  tested.add("streams.js");
  it("streams.js sends through zlib to a server and back", { timeout: 180_000 }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [example("streams.js")]);
    assert.equal(stdout, "to the server and back\n");
  });

  tested.add("four-kettles.js");
  it("four-kettles.js boils each in its way, and prints what stands above each", {
    timeout: 180_000,
  }, async () => {
    const source = readFileSync(new URL("../../../examples/four-kettles.ts", import.meta.url), "utf8");
    const blocks = [
      ...source.matchAll(/ ```text\n((?: \* .*\n)+?) \* ```\n \*\/\n(?:async )?function (\w+)/g),
    ];
    const told = blocks.map(([, lines, name]) => [name, lines!.replaceAll(/^ \* /gm, "")]);
    const { stdout } = await promisify(execFile)(process.execPath, [example("four-kettles.js")]);
    // How many pages and channels there are meanwhile depends on the machine.
    const shown = stdout.replace(/^((reading page|watching channel) 1.*\n)(\2.*\n)*/gm, "$1…\n");
    assert.deepEqual(
      told.map(([name]) => name),
      ["watched", "visited", "whistling", "forgotten"],
    );
    assert.equal(shown, told.map(([, lines]) => lines).join(""));
  });

  it("four-kettles.js boils one alone if it is asked to", { timeout: 180_000 }, async () => {
    const args = [example("four-kettles.js"), "whistling"];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    assert.equal(stdout, "listening for the whistle\nwhistle: the whistling kettle boils\n");
  });

  tested.add("worker-pipeline.js");
  it("worker-pipeline.js adds up what threads make of what a process produces", {
    timeout: 180_000,
  }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [example("worker-pipeline.js")]);
    assert.equal(stdout, "the sum of the first 1,000 squares is 333,833,500\n");
  });

  tested.add("message-loop.js");
  it("message-loop.js freezes, and then does not", { timeout: 180_000 }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [example("message-loop.js")]);
    const lines = stdout.trimEnd().split("\n");
    // On a busy machine anything may take too long, and to start a process even for the one that does not wait for it.
    const responsiveAt = lines.indexOf("responsive:");
    const isCertain = (line: string, at: number) =>
      !line.startsWith("  slow:") || (at < responsiveAt && line.includes('"save"'));
    const certain = lines.filter(isCertain);
    assert.deepEqual(certain, [
      "frozen:",
      "  key a",
      "  saving",
      "  saved",
      '  slow: "save" held up everything else',
      "  mouse at 3,4",
      "  key b",
      "responsive:",
      "  key a",
      "  saving",
      "  mouse at 3,4",
      "  key b",
      "  saved",
    ]);
  });

  tested.add("producer-consumer.js");
  it("producer-consumer.js prints the same lines with generators and with channels", {
    timeout: 180_000,
  }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [example("producer-consumer.js")]);
    const lines = [1, 2, 3, 4, 5].flatMap((n) => [
      `[PRODUCER] Producing ${n}...`,
      `[CONSUMER] Consuming ${n}...`,
      "[PRODUCER] Consumer return: 200 OK",
    ]);
    assert.deepEqual(stdout.trimEnd().split("\n"), [
      "with generators:",
      ...lines,
      "with channels:",
      ...lines,
    ]);
  });

  // The second is what the first has workers do.
  for (const name of ["distributed.js", "tasks.js"]) tested.add(name);
  it("distributed.js has its calls made by a worker", { timeout: 180_000, skip: noRedis }, async (t) => {
    const redis = await TestRedis.start();
    t.after(() => redis.remove());
    const worker = await startWorker(redis, "--modules", example("tasks.js"));
    t.after(() => worker.kill());
    const env = { ...process.env, PENTIO_REDIS: redis.url };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [example("distributed.js")], {
      env,
    });
    const digests = ["7692c3ad3540bb80", "d6aad531fe0983f5", "422d16dee40b749d", "9bdc5a7ee2184822"];
    assert.deepEqual(stdout.trimEnd().split("\n"), digests);
    assert.match(stderr, /^100 %$/m);
  });

  // In file-examples.test.ts.
  for (const name of ["grep.js", "log-collector.js", "write-ahead-log.js"]) tested.add(name);

  it("are all tested here", () => {
    const all = readdirSync(examples).filter((name) => name.endsWith(".js"));
    assert.deepEqual(all.sort(), [...tested].sort());
  });
});
