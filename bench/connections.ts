import { readFileSync } from "node:fs";
import { probeModels } from "../src/drivers/index.ts";
import { type Result, type Trial, tryConnections } from "./connection-trial.ts";
import type { BenchOptions } from "./options.ts";
import { type Excuse, setUpPeers } from "./peers.ts";
import { pinned } from "./process.ts";
import { table } from "./statistics.ts";

/** Descriptors that a server has beside those of its connections, and some to spare. */
const OTHER_DESCRIPTORS = 500;
/** More than select(2) has room for, and few enough for the others to wait in the listener's queue. */
const SELECT_CONNECTIONS = 1400;
/** A thousand beyond the bound of threads. */
const BLOCKING_CONNECTIONS = 1128;

/**
 * Many connections at once: all opened, each echoed twice in an order of chance, all held, every byte checked, then closed.
 * Models that have a bound are taken beyond it, and have to say so.
 */
export async function connections(options: BenchOptions) {
  setUpPeers("load");
  const results: Result[] = [];
  const failed: Excuse[] = [];
  const skipped = probeModels().flatMap(({ model, works, reason }) => (works ? [] : { name: model, reason }));
  for (const trial of trials(options)) {
    if (skipped.some(({ name }) => name === trial.model)) continue;
    process.stderr.write(`${trial.connections} connections: ${trial.model}\n`);
    try {
      const result = await tryConnections(trial);
      results.push(result);
      failed.push(...result.faults.map((reason) => ({ name: trial.model, reason })));
    } catch (error) {
      failed.push({ name: trial.model, reason: (error as Error).message });
    }
  }
  if (!options.json) print(results, skipped);
  return { suite: "connections", pinned, options, results, skipped, failed };
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

function print(results: readonly Result[], skipped: readonly Excuse[]): void {
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
    result.faults.length > 0 ? "FAILED" : "passed",
  ]);
  console.log(table([header, ...rows]));
  for (const result of results) for (const line of explain(result)) console.log(line);
  for (const { name, reason } of skipped) console.log(`skipped ${name}: ${reason}`);
}

function* explain({ model, connections, heldAtOnce, answered, warnings }: Result) {
  if (heldAtOnce < connections)
    yield `${model} took ${heldAtOnce} at once; ${answered - heldAtOnce} waited in the kernel, and were served when others had closed`;
  const bounds = warnings.filter(({ code }) => code !== "PENTIO_SLOW_MESSAGE");
  for (const { code, message } of bounds) yield `${model} warned: ${code}: ${message}`;
}
