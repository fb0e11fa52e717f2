import { setTimeout as delay } from "node:timers/promises";
import { processCpuNs } from "../src/sys/index.ts";
import { type Check, checkAtMost, printChecks } from "./checks.ts";
import type { BenchOptions } from "./options.ts";
import { type Candidate, type Excuse, pentioModels, wanted } from "./peers.ts";
import { lines, start, stop } from "./process.ts";

/** Until everything waits, and compilers and the garbage collector have done their work. */
const SETTLING_MS = 2000;

/** Percent of a processor: next to nothing, and the share that the non-blocking model may spend on asking. */
const PERCENT_MAX = 0.1;
const PERCENT_MAX_ASKING = 2;

/** CPU that an idle program uses: it listens, and waits for data, for room to write and for a sleep to end. */
export async function cpu(options: BenchOptions) {
  const { candidates, skipped } = pentioModels("pentio-waiting");
  const results: { model: string; percent: number }[] = [];
  const failed: Excuse[] = [];
  for (const candidate of wanted(candidates, options)) {
    const { name } = candidate;
    process.stderr.write(`${options.seconds} s of idleness: ${name}\n`);
    try {
      results.push({ model: name, percent: await measure(candidate, options.seconds) });
    } catch (error) {
      failed.push({ name, reason: (error as Error).message });
    }
  }
  const checks = results.map(check);
  if (!options.json) {
    printChecks(checks);
    for (const { name, reason } of skipped) console.log(`skipped ${name}: ${reason}`);
  }
  return { suite: "cpu", options, results, checks, skipped, failed };
}

function check({ model, percent }: { model: string; percent: number }): Check {
  const atMost = model === "nonblocking" ? PERCENT_MAX_ASKING : PERCENT_MAX;
  return checkAtMost(`% of a processor that an idle program uses on ${model}`, percent, atMost);
}

async function measure(candidate: Candidate, seconds: number): Promise<number> {
  const child = start({ ...candidate, processor: 0 });
  try {
    await lines(child)();
    await delay(SETTLING_MS);
    const cpuNs = processCpuNs(child.pid!);
    const started = performance.now();
    await delay(seconds * 1000);
    const elapsedNs = (performance.now() - started) * 1e6;
    return (100 * (processCpuNs(child.pid!) - cpuNs)) / elapsedNs;
  } finally {
    await stop(child);
  }
}
