import { readFileSync } from "node:fs";
import { processCpuNs } from "../src/sys/index.ts";
import { type IdleServer, type Look, startIdleServer } from "./idle-server.ts";
import type { BenchOptions } from "./options.ts";
import { type Excuse, load, setUpPeers } from "./peers.ts";
import { lines, pinned, start, stop } from "./process.ts";
import { table } from "./statistics.ts";

/** The first connections make code hot and tables grow; what comes after them is what each costs. */
const WARM_UP_CONNECTIONS = 200;
/** Descriptors that a server has beside those of its connections, and some to spare. */
const OTHER_DESCRIPTORS = 500;
/** More than select(2) has room for, and few enough for the others to wait in the listener's queue. */
const SELECT_CONNECTIONS = 1400;
/** A thousand beyond the bound of threads. */
const BLOCKING_CONNECTIONS = 1128;

/** What takes longer has failed, however it goes on. */
const HOLDING_MS_MAX = 60_000;

/** A model and what is asked of it. */
interface Trial {
  readonly model: string;
  readonly connections: number;
  /** Requests in flight at most. */
  readonly window: number;
  /** How long nothing may happen before the client takes what it has, in seconds. */
  readonly patience: number;
  /** The warning of the bound that the model has; null: it has none. */
  readonly warning: string | null;
  /** Whether all connections are to be held at once. */
  readonly holdsAll: boolean;
}

/** What the load generator prints. */
interface Held {
  readonly connections: number;
  /** Connections that had echoed twice while all were open. */
  readonly heldAtOnce: number;
  /** The same at the end, when those had been closed. */
  readonly answered: number;
  readonly seconds: number;
  readonly mismatches: number;
  readonly errors: number;
}

interface Result extends Held {
  readonly model: string;
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly cpuUs: number;
  readonly warnings: Look["warnings"];
}

/**
 * Many connections at once: all opened, each echoed twice in an order of chance, all held, every byte checked, then closed.
 * Models that have a bound are taken beyond it, and have to say so.
 */
export async function connections(options: BenchOptions) {
  setUpPeers("load");
  const results: Result[] = [];
  const failed: Excuse[] = [];
  for (const trial of trials(options)) {
    process.stderr.write(`${trial.connections} connections: ${trial.model}\n`);
    try {
      const result = await measure(trial);
      results.push(result);
      failed.push(...faults(trial, result).map((reason) => ({ name: trial.model, reason })));
    } catch (error) {
      failed.push({ name: trial.model, reason: (error as Error).message });
    }
  }
  if (!options.json) print(results, failed);
  return { suite: "connections", pinned, options, results, failed };
}

function trials({ connections, only }: BenchOptions): Trial[] {
  const free = { window: 256, patience: 10, warning: null, holdsAll: true };
  const all = connections.flatMap((wanted) => {
    const connections = Math.min(wanted, descriptorsMax() - OTHER_DESCRIPTORS);
    if (connections < wanted)
      process.stderr.write(`the hard limit of open files (ulimit -Hn) has room for ${connections} only\n`);
    return ["epoll", "signal", "io_uring", "poll"].map((model) => ({ ...free, model, connections }));
  });
  const bounded: Trial[] = [
    {
      model: "select",
      connections: SELECT_CONNECTIONS,
      window: SELECT_CONNECTIONS,
      patience: 3,
      warning: "PENTIO_ACCEPT_EXHAUSTED",
      holdsAll: false,
    },
    {
      ...free,
      model: "blocking",
      connections: BLOCKING_CONNECTIONS,
      patience: 30,
      warning: "PENTIO_BLOCKING_BOUND",
    },
  ];
  return [...all, ...bounded].filter(({ model }) => only.length === 0 || only.includes(model));
}

/** The hard limit: Node raises its own soft limit to it, and so does the load generator. */
function descriptorsMax(): number {
  const [, hard] = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))!;
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}

async function measure(trial: Trial): Promise<Result> {
  const idle = await startIdleServer(trial.model);
  try {
    await hold(idle, { ...trial, connections: WARM_UP_CONNECTIONS }, async () => {});
    const before = await idle.look();
    const cpuNs = () => processCpuNs(idle.server.pid!);
    const started = cpuNs();
    let during = before;
    let lookingNs = 0;
    const held = await hold(idle, trial, async () => {
      lookingNs -= cpuNs();
      during = await idle.look();
      lookingNs += cpuNs();
    });
    if (held.mismatches + held.errors > 0) throw new Error(`the load generator says ${JSON.stringify(held)}`);
    const usedNs = cpuNs() - started - lookingNs;
    const { open, warnings } = await idle.look();
    if (during.open !== held.heldAtOnce)
      throw new Error(`${during.open} connections were open, and ${held.heldAtOnce} had echoed`);
    if (open !== 0) throw new Error(`${open} connections are still open after their peers have gone`);
    const each = (figure: "rss" | "heapUsed") => (during[figure] - before[figure]) / held.heldAtOnce;
    const [rssBytes, heapBytes] = [each("rss"), each("heapUsed")];
    return {
      model: trial.model,
      ...held,
      rssBytes,
      heapBytes,
      cpuUs: usedNs / 1e3 / held.answered,
      warnings,
    };
  } finally {
    idle.server.stdin!.end();
    await stop(idle.server);
  }
}

/** Lets the load generator work; `look` is called while it holds its connections. */
async function hold({ port }: IdleServer, trial: Trial, look: () => Promise<void>): Promise<Held> {
  const { connections, window, patience } = trial;
  const args = Object.entries({ port, connections, window, patience }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  const client = start({ command: [load, "--held", ...args], processor: 1 });
  const timer = setTimeout(() => client.kill("SIGKILL"), HOLDING_MS_MAX);
  try {
    const next = lines(client);
    await next();
    await look();
    client.stdin!.write("\n");
    return JSON.parse(await next()) as Held;
  } finally {
    clearTimeout(timer);
    await stop(client);
  }
}

/** What is not as it has to be, though no connection has failed. */
function faults(trial: Trial, { warnings, ...held }: Result): string[] {
  const { connections, warning, holdsAll } = trial;
  const found: string[] = [];
  if (held.answered !== connections) found.push(`${held.answered} of ${connections} were answered`);
  if (holdsAll && held.heldAtOnce !== connections)
    found.push(`${held.heldAtOnce} of ${connections} were held`);
  if (!holdsAll && held.heldAtOnce === connections) found.push(`none of ${connections} was refused`);
  if (warning !== null && !warnings.some(({ code }) => code === warning)) found.push(`no warning ${warning}`);
  return found;
}

function print(results: readonly Result[], failed: readonly Excuse[]): void {
  const header = [
    "model",
    "connections",
    "held at once",
    "s",
    "RSS KiB each",
    "heap bytes each",
    "CPU µs each",
    "",
  ];
  const rows = results.map((result) => [
    result.model,
    String(result.connections),
    String(result.heldAtOnce),
    result.seconds.toFixed(1),
    (result.rssBytes / 1024).toFixed(1),
    result.heapBytes.toFixed(0),
    result.cpuUs.toFixed(1),
    failed.some(({ name }) => name === result.model) ? "FAILED" : "passed",
  ]);
  console.log(table([header, ...rows]));
  for (const result of results) for (const line of explain(result)) console.log(line);
}

function* explain({ model, connections, heldAtOnce, answered, warnings }: Result) {
  if (heldAtOnce < connections)
    yield `${model} took ${heldAtOnce} at once; ${answered - heldAtOnce} waited in the kernel, and were served when others had closed`;
  const bounds = warnings.filter(({ code }) => code !== "PENTIO_SLOW_MESSAGE");
  for (const { code, message } of bounds) yield `${model} warned: ${code}: ${message}`;
}
