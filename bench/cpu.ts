import { setTimeout as delay } from "node:timers/promises";
import { processCpuNs } from "../src/sys/index.ts";
import { type Check, checkAtMost, printChecks } from "./checks.ts";
import type { BenchOptions } from "./options.ts";
import { type Candidate, type Excuse, pentioModels, wanted } from "./peers.ts";
import { lines, start, stop } from "./process.ts";
import { median } from "./statistics.ts";

/** Until everything waits, compilers have done their work, and V8, several times seconds apart, has looked for garbage. */
const SETTLING_SECONDS = 45;

/** Percent of a processor: next to nothing, and the share that the non-blocking model may spend on asking. */
const PERCENT_MAX = 0.1;
const PERCENT_MAX_ASKING = 2;

/** A program of Node's that is woken once a second: what a wake costs on the machine. */
const wokenOncePerSecond: Candidate = {
  name: "node",
  describe: "node, woken once a second",
  command: [process.execPath, "-e", "setInterval(() => {}, 1000); console.log('waiting')"],
};

/**
 * CPU that an idle program uses: it listens, and waits for data, for room to write and for a sleep to end. The median of several
 * rounds: V8 looks every 8 seconds whether it should collect garbage, so three rounds are shorter than that, and one of them at
 * most has such a look in it.
 */
export async function cpu(options: BenchOptions) {
  const { candidates, skipped } = pentioModels("pentio-waiting");
  const { rounds, seconds } = options;
  process.stderr.write(
    `${SETTLING_SECONDS} s to settle, ${rounds} times ${seconds} s of idleness: all at once\n`,
  );
  // Idle programs do not disturb each other.
  const [node, ...models] = await Promise.all(
    [wokenOncePerSecond, ...wanted(candidates, options)].map((candidate) => measure(candidate, options)),
  );
  const failed = [node!, ...models].filter((outcome) => "reason" in outcome);
  const results = models.filter((outcome) => "percent" in outcome);
  const checks = results.map(check);
  if (!options.json) {
    printChecks(checks);
    if ("percent" in node!) console.log(`${wokenOncePerSecond.describe}: ${node.percent.toFixed(3)} %`);
    for (const { name, reason } of skipped) console.log(`skipped ${name}: ${reason}`);
  }
  return { suite: "cpu", options, results, wokenOncePerSecond: node, checks, skipped, failed };
}

function check({ name, percent }: Idleness): Check {
  const atMost = name === "nonblocking" ? PERCENT_MAX_ASKING : PERCENT_MAX;
  return checkAtMost(`% of a processor that an idle program uses on ${name}`, percent, atMost);
}

interface Idleness {
  readonly name: string;
  readonly percent: number;
}

async function measure(candidate: Candidate, { rounds, seconds }: BenchOptions): Promise<Idleness | Excuse> {
  const { name } = candidate;
  const child = start({ ...candidate, processor: 0 });
  try {
    await lines(child)();
    await delay(SETTLING_SECONDS * 1000);
    const percents: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const cpuNs = processCpuNs(child.pid!);
      const started = performance.now();
      await delay(seconds * 1000);
      const elapsedNs = (performance.now() - started) * 1e6;
      percents.push((100 * (processCpuNs(child.pid!) - cpuNs)) / elapsedNs);
    }
    return { name, percent: median(percents) };
  } catch (error) {
    return { name, reason: (error as Error).message };
  } finally {
    await stop(child);
  }
}
