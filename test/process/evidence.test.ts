/**
 * Each model is what it says: a server of each is traced, and its system calls on the sockets are those of the model,
 * and none of another's.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { probeModels } from "../../src/drivers/index.ts";
import { receiveAll } from "../support/foreigners.ts";
import { patternBytes } from "../support/pattern.ts";
import { missing, startProgram } from "../support/programs.ts";
import { eventually } from "../support/settling.ts";
import { callsOn, readStrace, type SystemCall, straceTo } from "../support/strace.ts";

const guard = { timeout: 180_000 };
const LENGTH_BYTES = 300_000;

/** Echoes one connection. */
const server = `
import { listen, run } from "$src/index.js";
await run(function* () {
  const server = yield* listen({ host: "127.0.0.1" });
  console.log(JSON.stringify({ pid: process.pid, port: server.port, listener: server.fd }));
  const socket = yield* server.accept();
  console.log(JSON.stringify({ socket: socket.fd }));
  for (let chunk; (chunk = yield* socket.read()); ) yield* socket.write(chunk);
  yield* server.close();
});
`;

/** What was seen of one server. */
interface Trace {
  /** The main thread's number. */
  readonly main: number;
  readonly calls: readonly SystemCall[];
  readonly onListener: readonly SystemCall[];
  readonly onSocket: readonly SystemCall[];
  /** When the client, for which the server had waited, began to send; in milliseconds since the epoch. */
  readonly sentAt: number;
}

/** The same, before the client has sent anything. */
type Silence = Omit<Trace, "sentAt">;

/** How a model shows in a trace. */
interface Evidence {
  /** The calls on the listener: at least one for each of these, and no others. */
  readonly listener: readonly RegExp[];
  /** The same for the connection's socket. */
  readonly socket: readonly RegExp[];
  /** Calls that there may be on either besides. */
  readonly besides?: readonly RegExp[];
  /** Whether the server is seen to wait for the client. By default: its main thread waits for events. */
  readonly waits?: (silence: Silence) => boolean;
  /** What else must be so, by what it is. */
  readonly further: Readonly<Record<string, (trace: Trace) => boolean>>;
}

const failed = (call: SystemCall, error: string) => call.result.startsWith(`-1 ${error} `);
const receives = (trace: Silence) => trace.onSocket.filter(({ name }) => /^(recv|read$|pread)/.test(name));
const made = (trace: Trace, name: RegExp) => trace.calls.some((call) => name.test(call.name));

const hasBegun = ({ returnedAt }: SystemCall) => returnedAt === Number.POSITIVE_INFINITY;
const waitsForEvents = ({ main, calls }: Silence) =>
  calls.some(
    (call) =>
      hasBegun(call) && call.thread === main && /^(epoll_p?wait2?|p?poll|p?select6?)$/.test(call.name),
  );
const sleepsInReceive = (silence: Silence) =>
  receives(silence).some((call) => hasBegun(call) && !call.name.startsWith("pread"));
const refusals = (silence: Silence) => receives(silence).filter((call) => failed(call, "EAGAIN"));

/** A call that the client's silence was spent in. */
const underWay = (trace: Trace) => (call: SystemCall) =>
  call.beganAt < trace.sentAt && call.returnedAt >= trace.sentAt;

const nonBlocking: Evidence["further"] = {
  "accept4 makes the socket non-blocking": ({ onListener }) =>
    onListener.some(({ name, args }) => name === "accept4" && args.includes("SOCK_NONBLOCK")),
};

const evidence: Readonly<Record<string, Evidence>> = {
  io_uring: {
    listener: [],
    socket: [],
    further: { "everything goes through io_uring_enter": (trace) => made(trace, /^io_uring_enter$/) },
  },
  epoll: {
    listener: [/^epoll_ctl\(/, /^accept4\(/],
    socket: [/^epoll_ctl\(/, /^recvfrom\(/, /^sendto\(/],
    further: {
      ...nonBlocking,
      "epoll_wait tells what is ready": (trace) => made(trace, /^epoll_p?wait2?$/),
      "nothing is received before there is something": (trace) => !receives(trace).some(underWay(trace)),
    },
  },
  poll: {
    listener: [/^p?poll\(/, /^accept4\(/],
    socket: [/^p?poll\(/, /^recvfrom\(/, /^sendto\(/],
    further: nonBlocking,
  },
  select: {
    listener: [/^p?select6?\(/, /^accept4\(/],
    socket: [/^p?select6?\(/, /^recvfrom\(/, /^sendto\(/],
    // It asks which number the next descriptor has, for select(2) ends at 1023.
    besides: [/^fcntl\(.*F_DUPFD/],
    further: nonBlocking,
  },
  nonblocking: {
    listener: [/^accept4\(/],
    socket: [/^recvfrom\(/, /^sendto\(/],
    waits: (silence) => refusals(silence).length >= 3,
    further: {
      ...nonBlocking,
      "it asks, and asks again": (trace) => {
        const early = receives(trace).filter(({ beganAt }) => beganAt < trace.sentAt);
        return refusals(trace).length >= 3 && early.every((call) => failed(call, "EAGAIN"));
      },
    },
  },
  signal: {
    listener: [/^fcntl\(/, /^accept4\(/],
    socket: [/^fcntl\(/, /^recvfrom\(/, /^sendto\(/],
    further: {
      ...nonBlocking,
      "the socket sends a queued signal to one thread": ({ onSocket }) =>
        ["F_SETOWN_EX", "F_SETSIG", "ASYNC"].every((word) =>
          onSocket.some(({ name, args }) => name === "fcntl" && args.includes(word)),
        ),
      "signalfd tells of the signals": ({ calls }) =>
        calls.some(
          ({ name, args, result }) =>
            name === "read" && args.includes("[signalfd]") && Number.parseInt(result, 10) > 0,
        ),
    },
  },
  blocking: {
    listener: [/^accept4?\(/],
    socket: [/^recvfrom\(/, /^sendto\(/],
    waits: sleepsInReceive,
    further: {
      "a thread other than the main one sleeps in recv": (trace) =>
        receives(trace).some((call) => call.thread !== trace.main && underWay(trace)(call)),
      "nothing is non-blocking": ({ onListener, onSocket }) =>
        [...onListener, ...onSocket].every(
          (call) => !failed(call, "EAGAIN") && !/O_NONBLOCK|SOCK_NONBLOCK|MSG_DONTWAIT/.test(call.args),
        ),
    },
  },
  aio: {
    listener: [/^accept4\(/],
    socket: [/^read\(/, /^write\(/],
    // The library tries pread(2) and pwrite(2) first, which sockets refuse.
    besides: [/^pread64\(/, /^pwrite64\(/, /^fcntl\(.*F_DUPFD/],
    waits: sleepsInReceive,
    further: {
      "a thread of the C library sleeps in read": (trace) =>
        receives(trace).some((call) => call.thread !== trace.main && underWay(trace)(call)),
      "the main thread moves no data": ({ main, onSocket }) =>
        onSocket.every(({ name, thread }) => name === "fcntl" || thread !== main),
    },
  },
};

/** What of a trace is not as a model has it. */
function contradictions(trace: Trace, { listener, socket, besides = [], further }: Evidence): string[] {
  return [
    ...strays("the listener", trace.onListener, listener, besides),
    ...strays("the socket", trace.onSocket, socket, besides),
    ...Object.keys(further).filter((what) => !further[what]!(trace)),
  ];
}

function strays(
  what: string,
  calls: readonly SystemCall[],
  must: readonly RegExp[],
  may: readonly RegExp[],
): string[] {
  const texts = calls.map(({ name, args }) => `${name}(${args})`);
  const foreign = texts.filter((text) => ![...must, ...may].some((pattern) => pattern.test(text)));
  const absent = must.filter((pattern) => !texts.some((text) => pattern.test(text)));
  return [
    ...foreign.map((text) => `on ${what}: ${text}`),
    ...absent.map((pattern) => `on ${what}, nothing like ${pattern.source}`),
  ];
}

/** Runs the server under strace, and a client that is silent until the server is seen to wait for it. */
async function traceServer(t: TestContext, model: string, waits = waitsForEvents): Promise<Trace> {
  const directory = mkdtempSync(join(tmpdir(), "pentio-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "trace");
  const program = startProgram(server, { wrapper: straceTo(file), env: { PENTIO_MODEL: model } });
  t.after(() => program.kill());
  const { pid, port, listener } = JSON.parse(await program.line());
  const client = net.connect(port, "127.0.0.1");
  t.after(() => client.destroy());
  const { socket } = JSON.parse(await program.line());
  const soFar = (): Silence => {
    const calls = readStrace(file);
    return { main: pid, calls, onListener: callsOn(calls, listener), onSocket: callsOn(calls, socket) };
  };
  await eventually(() => waits(soFar()), `the server waits, on ${model}`, guard.timeout);
  const sentAt = Date.now();
  const bytes = patternBytes(0, LENGTH_BYTES);
  client.end(bytes);
  assert.ok((await receiveAll(client)).equals(bytes), "the same bytes come back");
  const { code, stderr } = await program.end();
  assert.equal(code, 0, stderr);
  return { ...soFar(), sentAt };
}

describe("the system calls of a model", { skip: missing("strace", "-o", "/dev/null", "true") }, () => {
  const traces = new Map<string, Trace>();

  for (const { model, works, reason } of probeModels()) {
    it(`are its own, on ${model}`, { ...guard, skip: !works && reason }, async (t) => {
      const expected = evidence[model];
      assert.ok(expected, `say in this file by which system calls ${model} is known`);
      const trace = await traceServer(t, model, expected.waits);
      traces.set(model, trace);
      assert.deepEqual(contradictions(trace, expected), []);
    });
  }

  it("are no other model's", guard, () => {
    assert.ok(traces.size > 0);
    for (const [model, trace] of traces) {
      for (const [other, expected] of Object.entries(evidence)) {
        if (other !== model) {
          assert.notDeepEqual(contradictions(trace, expected), [], `${model} passes for ${other}`);
        }
      }
    }
  });
});
