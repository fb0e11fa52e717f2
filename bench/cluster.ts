import { type Check, checkAtLeast, checkAtMost, printChecks } from "./checks.ts";
import {
  type Cost,
  type Reloads,
  type Spread,
  tryForm,
  tryReloads,
  tryScaling,
  trySpread,
} from "./cluster-trials.ts";
import type { BenchOptions } from "./options.ts";
import { buildPeers } from "./peers.ts";
import { pinned } from "./process.ts";
import { median, table } from "./statistics.ts";

const RELOADS = 20;
const RELOAD_CLIENTS = 8;
/** Below the bound of threads and processes. */
const CLASSIC_CONNECTIONS = 32;

/** Several processes on one port: what they gain, how connections are spread, what reloads lose; and the classic models. */
export async function cluster(options: BenchOptions) {
  buildPeers("load");
  const has = (part: string) => options.only.length === 0 || options.only.includes(part);
  const scaling = has("scaling") ? await tryAllScaling(options) : [];
  const spreads = has("spread") ? await tryAllSpreads(options) : [];
  const reloads: Reloads[] = [];
  if (has("reload"))
    for (const listeners of ["own", "shared"] as const) {
      tell(`${RELOADS} reloads under load, listeners ${listeners}`);
      reloads.push(await tryReloads(listeners, RELOADS, RELOAD_CLIENTS));
    }
  const costs = has("classic") ? await tryAllForms(options) : [];
  const checks = [...checkScaling(scaling), ...spreads.flatMap(checkSpread), ...reloads.map(checkReloads)];
  if (!options.json) print(scaling, spreads, reloads, costs, checks);
  return { suite: "cluster", pinned, options, scaling, spreads, reloads, costs, checks };
}

/** Requests per second of a round. */
export interface Scaling {
  readonly one: number;
  /** Each with a processor of its own. */
  readonly twoBound: number;
  /** On either processor, as the kernel likes. */
  readonly twoFree: number;
}

async function tryAllScaling(options: BenchOptions): Promise<Scaling[]> {
  const results: Scaling[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    tell(`scaling, round ${round} of ${options.rounds}`);
    const one = await tryScaling(1, true, options);
    const twoBound = await tryScaling(2, true, options);
    results.push({ one, twoBound, twoFree: await tryScaling(2, false, options) });
  }
  return results;
}

function checkScaling(results: readonly Scaling[]): Check[] {
  if (results.length === 0) return [];
  const ratio = median(results.map(({ one, twoBound }) => twoBound / one));
  return [checkAtLeast("2 processes / 1, affinity, a processor and a load generator for each", ratio, 1.6)];
}

async function tryAllSpreads({ connections }: BenchOptions): Promise<Spread[]> {
  const results: Spread[] = [];
  for (const listeners of ["own", "shared"] as const) {
    for (const arrival of ["in turn", "at once"] as const) {
      tell(`spread, listeners ${listeners}, connections ${arrival}`);
      results.push(await trySpread(listeners, arrival, connections[1] ?? connections[0]!));
    }
  }
  return results;
}

/** A socket that is shared is for those that come one after the other: who is awake takes a burst. */
function checkSpread({ listeners, arrival, spread }: Spread): Check[] {
  if (listeners === "shared" && arrival === "at once") return [];
  return [checkAtMost(`spread of connections, listeners ${listeners}, ${arrival}`, spread, 0.2)];
}

function checkReloads({ failures }: Reloads): Check {
  return checkAtMost(`refused or reset connections in ${RELOADS} reloads`, failures.length, 0);
}

async function tryAllForms(options: BenchOptions): Promise<Cost[]> {
  const results: Cost[] = [];
  for (const [form, settings] of [
    ["a coroutine", { processes: 0 }],
    ["a thread", { per: "thread" }],
    ["a process", { per: "process" }],
  ] as const) {
    tell(`${form} for each connection`);
    results.push(await tryForm(form, settings, CLASSIC_CONNECTIONS, options));
  }
  return results;
}

function print(
  scaling: readonly Scaling[],
  spreads: readonly Spread[],
  reloads: readonly Reloads[],
  costs: readonly Cost[],
  checks: readonly Check[],
): void {
  for (const { one, twoBound, twoFree } of scaling)
    console.log(
      `requests/s: ${one.toFixed(0)} of one process, ${twoBound.toFixed(0)} of two with affinity, ${twoFree.toFixed(0)} without`,
    );
  for (const { listeners, arrival, accepted } of spreads)
    console.log(`connections ${arrival}, listeners ${listeners}: ${accepted.join(" and ")}`);
  for (const { served, failures } of reloads)
    console.log(
      `${served} connections served during ${RELOADS} reloads, failed: ${failures.join(", ") || "none"}`,
    );
  if (costs.length > 0) {
    const header = ["for each connection", "requests/s", "ms to its first answer", "MB each"];
    const rows = costs.map(({ form, requestsPerSecond, firstAnswerMs, memoryPerConnectionBytes }) => [
      form,
      requestsPerSecond.toFixed(0),
      firstAnswerMs.toFixed(1),
      (memoryPerConnectionBytes / 1e6).toFixed(2),
    ]);
    console.log(table([header, ...rows]));
  }
  printChecks(checks);
}

function tell(what: string): void {
  process.stderr.write(`${what}\n`);
}
