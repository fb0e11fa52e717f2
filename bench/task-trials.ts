import { type Check, checkAtMost } from "./checks.ts";
import type { Excuse } from "./peers.ts";
import { lastLine } from "./process.ts";
import { taskProgram } from "./task-candidates.ts";

/** So many at once. */
const COUNT = 1_000_000;
const PARKED_BYTES_MAX = 800;

/** What tasks are parked in. */
const parkings = [
  { name: "sleep", describe: "in sleep" },
  { name: "receive", describe: "in receive" },
  { name: "inline", describe: "in sleep, each in a function of its own" },
];

/** What the program `parked` prints. */
interface Parked {
  readonly ended: number;
  /** Bytes of the heap. */
  readonly bytesEach: number;
  /** When they have ended. */
  readonly leftBytesEach: number;
}

/** What the program `firing` prints. */
interface Firing {
  readonly fired: number;
  readonly early: number;
  readonly outOfOrder: number;
}

/** What a trial found. */
export interface Findings {
  readonly results: readonly object[];
  readonly checks: readonly Check[];
  readonly failed: readonly Excuse[];
}

/** A million tasks wait at once, and are cancelled. */
export async function tryParking(): Promise<Findings> {
  const results: (Parked & { name: string })[] = [];
  const checks: Check[] = [];
  const failed: Excuse[] = [];
  for (const { name, describe } of parkings) {
    try {
      const parked = await lastResult<Parked>("parked", name);
      results.push({ name, ...parked });
      checks.push(checkAtMost(`heap bytes of a task ${describe}`, parked.bytesEach, PARKED_BYTES_MAX));
      if (parked.ended !== COUNT) throw new Error(`${parked.ended} of ${COUNT} ended when cancelled`);
    } catch (error) {
      failed.push({ name: `parked: ${name}`, reason: (error as Error).message });
    }
  }
  return { results, checks, failed };
}

/** A million timers fire in the order of their deadlines. */
export async function tryFiring(): Promise<Findings> {
  try {
    const firing = await lastResult<Firing>("firing");
    const wrong = COUNT - firing.fired + firing.early + firing.outOfOrder;
    const checks = [checkAtMost(`of ${COUNT} timers, those that did not fire in order`, wrong, 0)];
    return { results: [firing], checks, failed: [] };
  } catch (error) {
    return { results: [], checks: [], failed: [{ name: "firing", reason: (error as Error).message }] };
  }
}

async function lastResult<R>(program: string, ...args: string[]): Promise<R> {
  process.stderr.write(`${[program, ...args].join(": ")}, ${COUNT} at once\n`);
  const node = [process.execPath, "--expose-gc", "--no-warnings"];
  const command = [...node, taskProgram(program), ...args, String(COUNT)];
  return JSON.parse(await lastLine({ command, processor: 1 })) as R;
}
