import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { programResult, runProgram, startProgram } from "../support/programs.ts";

const guard = { timeout: 180_000 };

/** Echo on many connections at once, in one process: every client sends three times and checks what comes back. */
const echoes = `
import { connect, listen, run, spawn } from "$src/index.js";
const warnings = [];
process.on("warning", ({ code }) => warnings.push(code));
const threads = () => readdirSync("/proc/self/task").length;
import { readdirSync } from "node:fs";
const threadsBefore = threads();
const count = Number(process.env.COUNT);
let echoed = 0;
await run(function* () {
  const server = yield* listen({ host: "127.0.0.1" });
  const serving = yield* spawn(function* () {
    for (;;) {
      const socket = yield* server.accept();
      yield* spawn(function* () {
        for (let chunk; (chunk = yield* socket.read()); ) yield* socket.write(chunk);
      });
    }
  });
  const clients = [];
  for (let i = 0; i < count; i++) {
    clients.push(yield* spawn(function* () {
      const socket = yield* connect({ host: "127.0.0.1", port: server.port });
      for (const text of ["one", "two", "three"]) {
        yield* socket.write(text);
        let answer = "";
        while (answer.length < text.length) answer += yield* socket.read();
        if (answer === text) echoed++;
      }
      return socket;
    }));
  }
  const sockets = [];
  for (const client of clients) sockets.push(yield* client);
  console.log(JSON.stringify({ echoed, warnings, threads: threads() - threadsBefore }));
  for (const socket of sockets) yield* socket.close();
  yield* serving.cancel();
  yield* server.close();
});
`;

interface Echoes {
  readonly echoed: number;
  readonly warnings: readonly string[];
  readonly threads: number;
}

describe("the bound of the blocking model", () => {
  it("holds: calls beyond it take turns, all are served, and a warning says so once", guard, async () => {
    const env = { PENTIO_MODEL: "blocking", PENTIO_BLOCKING_THREADS: "6", COUNT: "40" };
    const { echoed, warnings, threads } = await programResult<Echoes>(echoes, { env });
    assert.equal(echoed, 3 * 40);
    assert.deepEqual(warnings, ["PENTIO_BLOCKING_BOUND"]);
    assert.ok(threads <= 6 + 1, `${threads} threads`);
  });

  it("is not felt below it, where threads are used again", guard, async () => {
    const env = { PENTIO_MODEL: "blocking", COUNT: "10" };
    const { echoed, warnings, threads } = await programResult<Echoes>(echoes, { env });
    assert.equal(echoed, 3 * 10);
    assert.deepEqual(warnings, []);
    // A call that blocks for each socket, and the accept; sends and connects come in between.
    assert.ok(threads >= 21 && threads <= 45, `${threads} threads`);
  });

  it("does not keep a process that exits with all threads blocked", guard, async () => {
    const { code, signal, stderr } = await startProgram(
      `
import { connect, listen, run, spawn } from "$src/index.js";
await run(function* () {
  const server = yield* listen({ host: "127.0.0.1" });
  for (let i = 0; i < 6; i++) {
    const socket = yield* connect({ host: "127.0.0.1", port: server.port });
    yield* spawn(() => socket.read());
  }
  console.log("blocked");
  setTimeout(() => process.exit(7), 100);
});
`,
      { env: { PENTIO_MODEL: "blocking" } },
    ).end();
    assert.deepEqual({ code, signal, stderr }, { code: 7, signal: null, stderr: "" });
  });
});

describe("the bound of select", () => {
  it("is told to who connects beyond it, with what to do", guard, async () => {
    const result = await programResult<{ code: string; message: string }>(
      `
import { openSync } from "node:fs";
import { connect, listen, run } from "$src/index.js";
await run(function* () {
  const server = yield* listen({ host: "127.0.0.1" });
  for (let fd = 0; fd < 1100; ) fd = openSync("/dev/null");
  try {
    yield* connect({ host: "127.0.0.1", port: server.port });
  } catch ({ code, message }) {
    console.log(JSON.stringify({ code, message }));
  }
  yield* server.close();
});
`,
      { env: { PENTIO_MODEL: "select" } },
    );
    assert.equal(result.code, "EMFILE");
    assert.match(result.message, /^connect EMFILE.*below 1024.*choose poll or epoll/);
  });

  describe("is kept in a Worker, which has a high descriptor of Node's own after many files were opened", () => {
    /** Runs a program in a Worker of another, which has opened descriptors before. */
    const inWorker = (program: string) =>
      runProgram(
        `
import { openSync } from "node:fs";
import { Worker } from "node:worker_threads";
for (let fd = 0; fd < 3000; ) fd = openSync("/dev/null");
const program = \`
import { readFile } from "node:fs/promises";
import { parentPort } from "node:worker_threads";
import { run, sleep } from "$src/index.js";
import { syscalls } from "$src/sys/index.js";
${program}\`;
const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(program)));
worker.on("message", (text) => console.log(text));
`,
        { env: { PENTIO_MODEL: "select" } },
      );

    it("and it runs by a lower duplicate, with memory and wake-ups in order", guard, async () => {
      const { code, signal, stderr, lines } = await inWorker(
        `
syscalls.close(1000);
for (let i = 0; i < 5; i++) await run(function* () { yield* sleep(20); });
// Node's own events end the wait, too: it goes by the duplicate.
const waiting = run(() => sleep(600_000));
await readFile("/proc/self/status");
await waiting.cancel();
parentPort.postMessage("slept");
`,
      );
      assert.deepEqual(
        { code, signal, stderr, lines },
        { code: 0, signal: null, stderr: "", lines: ["slept"] },
      );
    });

    it("and it is refused, with what to do, if no lower one is left", guard, async () => {
      const { code, lines } = await inWorker(
        `
try {
  run(() => sleep(20));
} catch ({ code, syscall, message }) {
  parentPort.postMessage(JSON.stringify({ code, syscall, message }));
}
`,
      );
      assert.equal(code, 0);
      const error = JSON.parse(lines.at(-1)!) as { code: string; syscall: string; message: string };
      assert.deepEqual([error.code, error.syscall], ["EMFILE", "fcntl"]);
      assert.match(error.message, /select watches only descriptors below 1024.*choose poll or epoll/);
    });
  });

  it(
    "leaves connections beyond it in the kernel, and serves them when lower descriptors are free",
    guard,
    async () => {
      const result = await programResult<{ warnings: string[]; before: number; after: string }>(
        `
import { closeSync, openSync } from "node:fs";
import net from "node:net";
import { listen, run, sleep, spawn } from "$src/index.js";
const warnings = [];
process.on("warning", ({ message }) => warnings.push(message));
await run(function* () {
  const server = yield* listen({ host: "127.0.0.1" });
  const client = net.connect(server.port, "127.0.0.1");
  let after = "";
  client.on("data", (text) => (after += text)).on("error", () => {});
  const files = [];
  while (files.at(-1) === undefined || files.at(-1) < 1100) files.push(openSync("/dev/null"));
  let accepted = 0;
  yield* spawn(function* () {
    const socket = yield* server.accept();
    accepted++;
    yield* socket.write("served");
    yield* socket.end();
    yield* socket.close();
  });
  while (warnings.length === 0) yield* sleep(10);
  const before = accepted;
  for (const file of files) closeSync(file);
  while (after === "") yield* sleep(10);
  console.log(JSON.stringify({ warnings, before, after }));
  client.destroy();
  yield* server.close();
});
`,
        { env: { PENTIO_MODEL: "select" } },
      );
      assert.deepEqual([result.before, result.after], [0, "served"]);
      assert.equal(result.warnings.length, 1);
      assert.match(result.warnings[0]!, /EMFILE.*select watches only descriptors below 1024/);
    },
  );

  it("is not one of files, whatever their numbers are", guard, async () => {
    const result = await programResult<{ text: string; numbers: number[]; echoed: string }>(
      `
import { mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, listen, run, spawn } from "$src/index.js";
import { open, readFile } from "$src/fs/index.js";
const folder = mkdtempSync(join(tmpdir(), "pentio-"));
await run(function* () {
  const server = yield* listen({ host: "127.0.0.1" });
  const client = yield* connect({ host: "127.0.0.1", port: server.port });
  const accepted = yield* server.accept();
  // Not even the threads for files have a lower one for what they tell by.
  for (let fd = 0; fd < 1100; ) fd = openSync("/dev/null");
  const reading = yield* spawn(() => client.read());
  const files = [];
  for (let i = 0; i < 20; i++) {
    const file = yield* open(join(folder, "file" + i), "w+");
    yield* file.write("text " + i);
    files.push(file);
  }
  let text = "";
  for (let i = 0; i < 20; i++) text = yield* readFile(join(folder, "file" + i), "utf8");
  yield* accepted.write("beside");
  const echoed = String(yield* reading);
  const numbers = files.map(({ fd }) => fd);
  for (const file of files) yield* file.close();
  for (const socket of [client, accepted]) yield* socket.close();
  yield* server.close();
  console.log(JSON.stringify({ text, numbers, echoed }));
});
rmSync(folder, { recursive: true });
`,
      { env: { PENTIO_MODEL: "select" } },
    );
    assert.deepEqual([result.text, result.echoed], ["text 19", "beside"]);
    assert.ok(result.numbers.every((fd) => fd > 1024));
  });

  it("is not poll's, which serves descriptors far beyond", guard, async () => {
    const env = { PENTIO_MODEL: "poll", COUNT: "10" };
    const files =
      'import { openSync } from "node:fs"; for (let fd = 0; fd < 2000; ) fd = openSync("/dev/null");';
    const { echoed } = await programResult<Echoes>(files + echoes, { env });
    assert.equal(echoed, 3 * 10);
  });
});

describe("the bound of the signal model's queue", () => {
  it("loses no wake-up: when signals are lost, every descriptor is looked at", guard, async () => {
    // Room for three signals; Node itself needs none.
    const wrapper = ["prlimit", "--sigpending=3"];
    const env = { PENTIO_MODEL: "signal", COUNT: "100" };
    const { echoed } = await programResult<Echoes>(echoes, { wrapper, env });
    assert.equal(echoed, 3 * 100);
  });

  it("is really reached in the test above", guard, async () => {
    const overflows = await programResult<number>(
      `
import { SignalQueue } from "$src/drivers/signal-driven/signal-queue.js";
import { syscalls, addressOf } from "$src/sys/index.js";
const queue = new SignalQueue();
const fds = new Int32Array(Buffer.allocUnsafeSlow(8).buffer);
let pairs = [];
for (let i = 0; i < 20; i++) {
  syscalls.socketpair(1, 1, 0, addressOf(fds));
  queue.add(fds[0]);
  pairs.push([...fds]);
}
const byte = Buffer.allocUnsafeSlow(1);
for (const [, peer] of pairs) syscalls.send(peer, addressOf(byte), 1, 0);
const count = queue.read();
let overflows = 0;
for (let i = 0; i < count; i++) if (queue.isOverflow(i)) overflows++;
console.log(JSON.stringify(overflows));
`,
      { wrapper: ["prlimit", "--sigpending=3"] },
    );
    assert.equal(overflows, 1);
  });
});

describe("the signal model", () => {
  it("leaves programs that it starts with no signal blocked", guard, async () => {
    const blocked = await programResult<{ own: string; child: string }>(
      `
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { listen, run } from "$src/index.js";
const mask = (status) => /^SigBlk:\\s*(\\w+)$/m.exec(status)[1];
await run(function* () {
  const server = yield* listen({ host: "127.0.0.1" });
  const child = mask(execFileSync("cat", ["/proc/self/status"], { encoding: "utf8" }));
  console.log(JSON.stringify({ own: mask(readFileSync("/proc/thread-self/status", "utf8")), child }));
  yield* server.close();
});
`,
      { env: { PENTIO_MODEL: "signal" } },
    );
    assert.notEqual(BigInt(`0x${blocked.own}`), 0n);
    assert.equal(BigInt(`0x${blocked.child}`), 0n);
  });
});
