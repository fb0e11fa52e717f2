/**
 * Runs the programs of a range of seeds on one model, in a process of its own, and tells the parent of each outcome:
 * `node runner.js <model> <first seed> <last seed>`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Model } from "../../src/index.ts";
import { loopFor } from "../../src/loop/index.ts";
import { isNoMore, openSockets } from "../support/settling.ts";
import type { Place } from "./ends.ts";
import { generate } from "./generate.ts";
import { interpret } from "./interpret.ts";
import type { Message } from "./messages.ts";

/** Programs that run side by side; the descriptors of all have to fit into those of select(2). */
const SIDE_BY_SIDE = 10;

/** A guard against hanging; no program takes a hundredth of that. */
const GUARD_MS = 100_000;

const [model, first, last] = process.argv.slice(2) as [Model, string, string];
const loop = loopFor(model);
const directory = mkdtempSync(join(tmpdir(), "pentio-"));
process.once("exit", () => rmSync(directory, { recursive: true }));

let placesMade = 0;
let hasFailed = false;

function nextPlace(family: "TCP" | "Unix"): Place {
  return family === "TCP" ? { host: "127.0.0.1", port: 0 } : { path: join(directory, String(placesMade++)) };
}

function tell(message: Message): Promise<void> {
  return new Promise((resolve) => process.send!(message, () => resolve()));
}

/** What a program may leave behind. */
function holdings() {
  const { inFlight, refs, timers } = loop.statistics();
  return { inFlight, refs, timers, sockets: openSockets() };
}

/** @returns whether all of them came to their ends without a failure */
async function runTogether(seeds: readonly number[]): Promise<boolean> {
  const running = seeds.map((seed) => ({ seed, ...interpret(generate(seed), model, nextPlace) }));
  const unfinished = new Set(running);
  const guard = setTimeout(async () => {
    const left = [...unfinished];
    const lines = left.flatMap((program) => program.lines().map((line) => `seed ${program.seed}: ${line}`));
    await tell({ kind: "hung", seeds: left.map(({ seed }) => seed), lines });
    process.exit(1);
  }, GUARD_MS);
  let allWell = true;
  const ends = running.map(async (program) => {
    allWell = (await program.end) && allWell;
    unfinished.delete(program);
    await tell({ kind: "outcome", seed: program.seed, lines: program.lines() });
  });
  await Promise.all(ends);
  clearTimeout(guard);
  return allWell;
}

/** @returns what is left of these programs, or undefined */
async function leftOf(seeds: readonly number[]): Promise<string | undefined> {
  const before = holdings();
  const endedWell = await runTogether(seeds);
  // A program that has failed does not tidy up.
  hasFailed ||= !endedWell;
  if (!endedWell) return undefined;
  for (const end = Date.now() + 20_000; Date.now() < end; await delay(5)) {
    if (isNoMore(holdings(), before)) return undefined;
  }
  return `${JSON.stringify(holdings())} instead of ${JSON.stringify(before)}`;
}

/** Runs programs side by side; where something is left, each of them alone, to see whose it is. That is the end then. */
async function runBatch(seeds: readonly number[]): Promise<void> {
  let what = await leftOf(seeds);
  if (what === undefined) return;
  await tell({ kind: "left behind", seeds, what });
  for (const seed of seeds) {
    what = await leftOf([seed]);
    if (what !== undefined) await tell({ kind: "left behind", seeds: [seed], what });
  }
  process.exit(1);
}

for (let seed = Number(first); seed <= Number(last); seed += SIDE_BY_SIDE) {
  const count = Math.min(SIDE_BY_SIDE, Number(last) - seed + 1);
  await runBatch(Array.from({ length: count }, (_, i) => seed + i));
}
// With nothing left, nothing keeps the process alive.
if (hasFailed) process.exit(1);
process.disconnect();
