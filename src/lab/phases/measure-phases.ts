import { models, probeModels } from "../../drivers/index.ts";
import { ChildProgram } from "../child-program.ts";
import type { ReadSetting } from "./read.ts";
import type { Timeline } from "./timeline.ts";

const program = new URL("./phases-program.js", import.meta.url);

/** Longer than starting, warming up and ending take on a machine that is busy. */
const WORKING_MS_MAX = 20_000;

/** Reads that a model's process makes at most, with those for warming up. */
const READS_MAX = 12;

/** What is measured. */
export interface PhasesOptions extends Partial<ReadSetting> {
  /** Models by their names, in any order. Default: all that work here, in the order of the book. */
  readonly models?: readonly string[];
  /** Stops everything; the iteration then throws. */
  readonly signal?: AbortSignal;
}

/** The bounds of what can be asked for, and what is meant where nothing is. */
export const PHASES_BOUNDS = {
  delayMs: { min: 1, max: 500, usual: 20 },
  sizeBytes: { min: 1, max: 60_000, usual: 1024 },
} as const;

/**
 * Measures one read on each model, each in a process of its own: the one in the middle of five, after a warm-up. Models
 * whose book's figure has a thread that waits or asks give two time lines, the first one of the book's plain calls.
 *
 * @param options `delayMs`: how long the sender waits, 1 to 500, default 20; `sizeBytes`: of the datagram, 1 to 60,000,
 *   default 1,024
 * @returns time lines, one by one as they are measured
 * @throws ERR_OUT_OF_RANGE, ERR_INVALID_ARG_VALUE for an unknown model; why a model does not work; AbortError
 */
export async function* measurePhases({
  models: names = workingModels(),
  delayMs = PHASES_BOUNDS.delayMs.usual,
  sizeBytes = PHASES_BOUNDS.sizeBytes.usual,
  signal = new AbortController().signal,
}: PhasesOptions = {}): AsyncGenerator<Timeline, void, undefined> {
  checkRange("delayMs", delayMs);
  checkRange("sizeBytes", sizeBytes);
  for (const name of names) checkModel(name);
  for (const name of names) {
    signal.throwIfAborted();
    yield* await measureInProcess(name, { delayMs, sizeBytes }, signal);
  }
}

async function measureInProcess(
  model: string,
  { delayMs, sizeBytes }: ReadSetting,
  signal: AbortSignal,
): Promise<Timeline[]> {
  const args = [model, String(delayMs), String(sizeBytes)];
  const child = new ChildProgram(`the program on ${model}`, program, args, { cpu: null, signal });
  try {
    return (await child.receive("timed", WORKING_MS_MAX + READS_MAX * delayMs)).timelines;
  } finally {
    await child.stop();
  }
}

function workingModels(): string[] {
  return probeModels().flatMap(({ model, works }) => (works ? [model] : []));
}

function checkRange(name: keyof typeof PHASES_BOUNDS, value: number): void {
  const { min, max } = PHASES_BOUNDS[name];
  if (Number.isInteger(value) && value >= min && value <= max) return;
  const message = `${name} takes a whole number from ${min} to ${max}, not ${value}`;
  throw Object.assign(new RangeError(message), { code: "ERR_OUT_OF_RANGE" });
}

function checkModel(name: string): void {
  if ((models as readonly string[]).includes(name)) return;
  const message = `Unknown I/O model "${name}"; the models are ${models.join(", ")}`;
  throw Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_VALUE" });
}
