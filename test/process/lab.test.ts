/**
 * `pentio lab` as a user meets it: a process with output, an exit status and children; and that its check of every
 * byte can fail. No figure is asserted, for figures are the machine's.
 */
import assert from "node:assert/strict";
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { models, probeModels } from "../../src/drivers/index.ts";
import type { FileLabReport } from "../../src/lab/file-report.ts";
import type { Message } from "../../src/lab/messages.ts";
import type { LabReport } from "../../src/lab/report.ts";
import { descendants, untilGone } from "../support/descendants.ts";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const loadGenerator = fileURLToPath(new URL("../../src/lab/load-generator.js", import.meta.url));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function pentio(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env } });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [status] = (await once(child, "close")) as [number | null];
  return { status, stdout, stderr };
}

/** The option with which Node runs a module before a program. */
function importOption(source: string): string {
  return `--import=data:text/javascript,${encodeURIComponent(source)}`;
}

test("--json prints one document, in which every model that works here has a result", async () => {
  const args = ["--seconds", "2", "--size", "100", "--connections", "24"];
  const { status, stdout, stderr } = await pentio(["lab", "--json", ...args]);
  assert.equal(status, 0, `${stdout}${stderr}`);
  const report = JSON.parse(stdout) as LabReport;
  const works = probeModels().filter((probe) => probe.works);
  const expected = [...works.map(({ model }) => model as string), "node:net"];
  assert.deepEqual(
    report.results.map(({ model }) => model),
    expected,
  );
  assert.equal(report.results.length + report.skipped.length, models.length + 1);
  assert.deepEqual(report.failed, []);
  assert.equal(report.node, process.version);
  for (const result of report.results) {
    const { requests, checked } = result;
    assert.ok(requests > 0 && checked.requests > requests, result.model);
    assert.equal(checked.mismatches, 0);
    assert.equal(checked.bytes, checked.requests * 100);
    for (const figure of [result.requestsPerSecond, result.cpuUsPerRequest, result.peakRssBytes]) {
      assert.ok(figure > 0, result.model);
    }
    const { p50, p90, p99, p999 } = result.latencyUs;
    assert.ok(p50 <= p90 && p90 <= p99 && p99 <= p999, JSON.stringify(result.latencyUs));
    assert.ok(result.systemCalls.perRequest === null || result.systemCalls.perRequest > 0);
    // These two wait on a thread for each of the 24 connections, the others on none.
    assert.equal(result.threads > 24, ["blocking", "aio"].includes(result.model), JSON.stringify(result));
  }
});

test("the table has a line for every model, plain text where there is no terminal, and says what was checked", async () => {
  const { status, stdout, stderr } = await pentio(["lab", "--seconds", "1", "--connections", "7"]);
  assert.equal(status, 0, stderr);
  for (const model of [...models, "node:net"]) assert.match(stdout, new RegExp(`^${model} `, "m"));
  assert.match(stdout, /^[\d,]+ requests, [\d,]+ bytes, every byte came back$/m);
  assert.match(stdout, /7 connections, 64 bytes a request/);
  assert.ok(!`${stdout}${stderr}`.includes("\x1b"), "escape sequences without a terminal");
  assert.match(stderr, /node:net: measuring/);
  assert.match(
    stdout,
    /at http:\/\/127\.0\.0\.1:7357\/: pentio lab --web.*\n$/,
    "the page's address, at the end",
  );
});

test("a thread or process for each connection is measured beside the coroutines, if it is asked for", async () => {
  const names = ["thread-per-connection", "process-per-connection", "epoll"];
  const args = ["--models", names.join(), "--seconds", "1", "--connections", "3"];
  const { status, stdout, stderr } = await pentio(["lab", "--json", ...args]);
  assert.equal(status, 0, `${stdout}${stderr}`);
  const { results } = JSON.parse(stdout) as LabReport;
  assert.deepEqual(
    results.map(({ model }) => model),
    names,
  );
  const [thread, separate, coroutine] = results;
  for (const { checked, requests } of results)
    assert.deepEqual([checked.mismatches, requests > 0], [0, true]);
  assert.ok(thread!.threads >= coroutine!.threads + 3, `${thread!.threads} threads`);
  assert.ok(separate!.threads >= 4 * 5, `${separate!.threads} threads in four processes`);
});

test("what a server was warned of is told with the results", async () => {
  // Again and again, for the first may come before the server listens to warnings.
  const warns = `setInterval(() => process.emitWarning("a bound was met"), 100).unref()`;
  const { status, stdout, stderr } = await pentio(["lab", "--models", "epoll", "--seconds", "1"], {
    NODE_OPTIONS: importOption(warns),
  });
  assert.equal(status, 0, `${stdout}${stderr}`);
  assert.match(stdout, /^epoll warned: a bound was met$/m);
});

test("requests longer than what systems buffer come back too", async () => {
  const args = ["--seconds", "1", "--size", "1000000", "--connections", "3", "--json"];
  const { status, stdout, stderr } = await pentio(["lab", ...args]);
  assert.equal(status, 0, `${stdout}${stderr}`);
});

test("a wrong command line is exit status 2 and a message that says what is right", async () => {
  const wrong: [string[], RegExp][] = [
    [["lab", "--models", "epoll,kqueue"], /Unknown I\/O model "kqueue".* epoll.*node:net/],
    [["lab", "--connections", "0"], /--connections takes a whole number from 1 to/],
    [["lab", "--connections", "1.5"], /--connections takes/],
    [["lab", "--size", "many"], /--size takes a whole number from 1 to .*"many"/],
    [["lab", "--seconds", "0"], /--seconds takes a number from/],
    [["lab", "--sizes", "1"], /--sizes/],
    [["bal"], /Unknown command "bal"; the commands are .*lab/],
    [[], /command is missing/],
  ];
  await Promise.all(
    wrong.map(async ([args, message]) => {
      const { status, stdout, stderr } = await pentio(args);
      assert.equal(status, 2, args.join(" "));
      assert.match(stderr, message);
      assert.equal(stdout, "");
    }),
  );
});

test("--help and --version go to standard output", async () => {
  for (const args of [["--help"], ["--version"], ["lab", "--help"]]) {
    const { status, stdout, stderr } = await pentio(args);
    assert.equal(status, 0);
    assert.notEqual(stdout, "");
    assert.equal(stderr, "");
  }
});

test("one wrong bit in one reply makes the exit status 1", async () => {
  // In the server's process: its hundredth reply is altered on its way out.
  const alteration = `
    import net from "node:net";
    const { write } = net.Socket.prototype;
    let count = 0;
    net.Socket.prototype.write = function (data, ...rest) {
      if (Buffer.isBuffer(data) && ++count === 100) data[7] ^= 1;
      return write.call(this, data, ...rest);
    };`;
  const args = ["lab", "--models", "node:net", "--seconds", "0.3"];
  const { status, stdout } = await pentio(args, { NODE_OPTIONS: importOption(alteration) });
  assert.equal(status, 1);
  assert.match(
    stdout,
    /node:net: 1 wrong among [\d,]+ replies; the first: connection \d+, request \d+, byte 7/,
  );
  assert.match(stdout, /NOT every byte came back/);
});

test("a server that dies is named, with how it ended and what it said", async () => {
  const death = `
    import net from "node:net";
    const { write } = net.Socket.prototype;
    let count = 0;
    net.Socket.prototype.write = function (data, ...rest) {
      if (Buffer.isBuffer(data) && ++count === 100) process.exit(7);
      return write.call(this, data, ...rest);
    };`;
  const { status, stdout } = await pentio(["lab", "--models", "node:net,epoll", "--seconds", "0.3"], {
    NODE_OPTIONS: importOption(death),
  });
  assert.equal(status, 1);
  assert.match(stdout, /node:net failed: the echo server on node:net ended with exit status 7/);
  assert.match(stdout, /^epoll /m, "the others go on");
});

/** Runs the load generator for a moment against a server made of a handler for data. */
async function generateLoad(t: TestContext, onData: (socket: Socket, data: Buffer) => void) {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("data", (data) => onData(socket, data)).on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const load = fork(loadGenerator, ["auto", "64"]);
  t.after(() => {
    load.kill("SIGKILL");
    server.close();
  });
  assert.deepEqual(await reply(load), { type: "ready" });
  assert.deepEqual(await ask(load, { type: "connect", port, connections: 4 }), { type: "connected" });
  let ran: Message;
  do ran = await ask(load, { type: "run", port, seconds: 1 });
  while (ran.type === "ran" && ran.result.requests <= 8);
  return { ran, finish: () => ask(load, { type: "finish", port }) };
}

function ask(load: ChildProcess, message: Message): Promise<Message> {
  load.send(message);
  return reply(load);
}

async function reply(child: ChildProcess): Promise<Message> {
  return ((await once(child, "message")) as [Message])[0];
}

test("the load generator finds altered, misrouted and stale replies", async (t) => {
  let previous: Buffer | null = null;
  const servers: Record<string, (socket: Socket, data: Buffer) => void> = {
    altered: (socket, data) => {
      data[63]! ^= 0x80;
      socket.write(data);
    },
    // What came before, from this connection or another one.
    misrouted: (socket, data) => {
      socket.write(previous ?? data);
      previous = data;
    },
    stale: (socket, data) => {
      socket.write((socket as Socket & { first?: Buffer }).first ?? data);
      (socket as Socket & { first?: Buffer }).first ??= data;
    },
  };
  for (const [name, onData] of Object.entries(servers)) {
    const { ran } = await generateLoad(t, onData);
    assert.equal(ran.type, "ran", name);
    const { result } = ran as Extract<Message, { type: "ran" }>;
    // Each connection's first reply may be right; then nothing is.
    assert.ok(
      result.requests > 8 && result.mismatches >= result.requests - 4,
      `${name}: ${JSON.stringify(result)}`,
    );
    assert.match(result.firstMismatch!, /connection \d, request \d+, byte \d+: sent 0x/);
  }
});

test("the load generator finds bytes too many, in a reply and after the last one", async (t) => {
  const longer = await generateLoad(t, (socket, data) =>
    socket.write(Buffer.concat([data, data.subarray(0, 1)])),
  );
  const { result } = longer.ran as Extract<Message, { type: "ran" }>;
  assert.ok(result.mismatches > 0);

  let last: Socket | undefined;
  const { finish, ran } = await generateLoad(t, (socket, data) => {
    last = socket;
    socket.write(data);
  });
  assert.equal((ran as Extract<Message, { type: "ran" }>).result.mismatches, 0);
  last!.write("abc");
  assert.deepEqual(await finish(), { type: "finished", excessBytes: 3 });
});

test("a reply that stays away, and a server that hangs up, are failures", async (t) => {
  const [short, hangsUp] = await Promise.all([
    generateLoad(t, (socket, data) => socket.write(data.subarray(1))),
    generateLoad(t, (socket) => socket.end()),
  ]);
  assert.deepEqual(short.ran, {
    type: "failed",
    reason: "4 of 4 connections waited for the server for more than 5 seconds",
  });
  assert.equal(hangsUp.ran.type, "failed");
});

/** A lab that is at that step with so many children, a load generator and servers; undefined if it has ended before we saw it. */
async function labAt(t: TestContext, step: string, least: number) {
  const lab = spawn(process.execPath, [main, "lab", "--models", "epoll,node:net", "--seconds", "5"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  t.after(() => lab.kill("SIGKILL"));
  const ended = once(lab, "exit");
  let stderr = "";
  lab.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  while (lab.exitCode === null) {
    const children = stderr.includes(step) ? descendants(lab.pid!) : [];
    if (children.length >= least) return { lab, ended, children };
    await delay(10);
  }
  return undefined;
}

for (const [signal, step] of [
  ["SIGINT", "warming up"],
  ["SIGTERM", "measuring"],
  ["SIGKILL", "measuring"],
  ["SIGKILL", "counting system calls"],
] as const) {
  test(`${signal} while ${step} leaves no child behind`, async (t) => {
    const expected = { SIGINT: 130, SIGTERM: 143, SIGKILL: null }[signal];
    // Counting takes half a second, which we may miss on a busy machine.
    for (let attempts = 0; ; attempts++) {
      const found = await labAt(t, step, step === "warming up" ? 2 : 3);
      found?.lab.kill(signal);
      const [status, killedBy] = (await found?.ended) ?? [0, null];
      if (found) await untilGone(found.children);
      if (status === 0 && attempts < 5) continue;
      assert.deepEqual([status, killedBy], [expected, expected === null ? signal : null]);
      return;
    }
  });
}

test("--files compares models with Node's own ways on a file, and checks every byte", async () => {
  const names = ["io_uring", "epoll", "fs.promises", "fs callbacks", "fs.*Sync"];
  const broken = probeModels().flatMap(({ model, works }): string[] => (works ? [] : [model]));
  const expected = names.filter((name) => !broken.includes(name));
  const args = ["lab", "--files", "--models", names.join(","), "--seconds", "0.1", "--connections", "8"];
  const { status, stdout, stderr } = await pentio([...args, "--json"]);
  assert.equal(status, 0, `${stdout}${stderr}`);
  const report = JSON.parse(stdout) as FileLabReport;
  assert.deepEqual(
    report.results.map(({ model }) => model),
    expected,
  );
  for (const { figures, model } of report.results) {
    for (const { blocks, mismatches, cpuUsPerBlock } of Object.values(figures)) {
      assert.ok(blocks > 0 && cpuUsPerBlock > 0, model);
      assert.equal(mismatches, 0);
    }
  }
  const table = await pentio([...args.slice(0, 2), "--models", "epoll,fs.*Sync", "--seconds", "0.1"]);
  assert.match(table.stdout, /^epoll +[\d,]+/m);
  assert.match(table.stdout, /^[\d,]+ blocks, every byte was right$/m);
});

test("--files tells of bytes that are wrong", async () => {
  const spoils = `import fs from "node:fs";
    const { readSync } = fs;
    fs.readSync = (fd, into, ...rest) => {
      const count = readSync(fd, into, ...rest);
      into[count - 1] ^= 1;
      return count;
    };`;
  const args = ["lab", "--files", "--models", "fs.*Sync", "--seconds", "0.1"];
  const { status, stdout } = await pentio(args, { NODE_OPTIONS: importOption(spoils) });
  assert.equal(status, 1);
  assert.match(stdout, /and NOT every byte was right: [\d,]+ wrong/);
});
