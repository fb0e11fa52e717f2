/**
 * Random programs, the same for the same seed, must have the same outcome on every model.
 *
 * PENTIO_SEEDS=<first>-<last> says which; `npm run differential` runs this file alone.
 */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { probeModels } from "../../src/drivers/index.ts";
import type { Model } from "../../src/index.ts";
import { generate } from "./generate.ts";
import type { Message } from "./messages.ts";

const runner = fileURLToPath(new URL("runner.js", import.meta.url));
const [first, last] = parseSeeds(process.env.PENTIO_SEEDS ?? "1-1000");

/** A guard against a runner that is stuck so deep that it cannot say so itself. */
const SILENCE_MS = 120_000;
/** So many differences are told in full. */
const DIFFERENCES_TOLD = 3;

/** What the programs came to on one model, by seed. */
interface Run {
  readonly outcomes: Map<number, string>;
  /** What no model may do. */
  readonly faults: readonly string[];
}

function parseSeeds(range: string): [first: number, last: number] {
  const [, from, to] =
    /^(\d+)-(\d+)$/.exec(range) ?? assert.fail(`PENTIO_SEEDS=${range} is not <first>-<last>`);
  return [Number(from), Number(to)];
}

function runOn(model: Model): Promise<Run> {
  // Ten programs at once, with all their checks, may hold the loop for a while.
  const env = { ...process.env, PENTIO_SLOW_MS: "Infinity" };
  const child = fork(runner, [model, String(first), String(last)], { execArgv: [], env });
  const outcomes = new Map<number, string>();
  const faults: string[] = [];
  const kill = () => child.kill("SIGKILL");
  let guard = setTimeout(kill, SILENCE_MS);
  child.on("message", (message: Message) => {
    clearTimeout(guard);
    guard = setTimeout(kill, SILENCE_MS);
    const fault = faultOf(message);
    if (fault) faults.push(`on ${model}: ${fault}`);
    if (message.kind === "outcome" && !outcomes.has(message.seed)) {
      outcomes.set(message.seed, message.lines.join("\n"));
    }
  });
  return new Promise((resolve) => {
    child.once("close", (code, signal) => {
      clearTimeout(guard);
      if (code !== 0) {
        const missing = seeds().filter((seed) => !outcomes.has(seed));
        faults.push(
          `on ${model}: the runner ended with ${code ?? signal}, before seeds ${missing.slice(0, 10)}`,
        );
      }
      resolve({ outcomes, faults });
    });
  });
}

function seeds(): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function faultOf(message: Message): string | undefined {
  switch (message.kind) {
    case "hung":
      return `no end of seeds ${message.seeds}:\n${message.lines.join("\n")}`;
    case "left behind":
      return `left behind by seeds ${message.seeds}: ${message.what}`;
    case "outcome": {
      const failure = message.lines.find((line) => line.startsWith("failed: "));
      return failure && `${tellProgram(message.seed)}\n${message.lines.join("\n")}`;
    }
  }
}

function tellProgram(seed: number): string {
  const again = `PENTIO_SEEDS=${seed}-${seed} npm run differential`;
  return `seed ${seed} (again: ${again})\n${JSON.stringify(generate(seed), null, 1)}`;
}

function tellDifference(seed: number, one: [Model, Run], other: [Model, Run]): string {
  const outcomes = [one, other].map(([model, run]) => `on ${model}:\n${run.outcomes.get(seed)}`);
  return [tellProgram(seed), ...outcomes].join("\n");
}

const probed = probeModels();
const reference = probed.findLast(({ works }) => works)!.model;
let referenceRun: Promise<Run> | undefined;

function expected(): Promise<Run> {
  referenceRun ??= runOn(reference);
  return referenceRun;
}

describe(`random programs, seeds ${first} to ${last}`, { concurrency: 2 }, () => {
  it(`come to their ends on ${reference}, and leave nothing behind`, async () => {
    const { outcomes, faults } = await expected();
    assert.equal(faults.join("\n"), "");
    assert.equal(outcomes.size, last - first + 1);
  });

  for (const { model, works, reason } of probed) {
    if (model === reference) continue;
    it(`come to the same on ${model} as on ${reference}`, { skip: !works && reason }, async () => {
      const [one, other] = await Promise.all([expected(), runOn(model)]);
      assert.equal(other.faults.join("\n"), "");
      const different = seeds().filter((seed) => one.outcomes.get(seed) !== other.outcomes.get(seed));
      const told = different
        .slice(0, DIFFERENCES_TOLD)
        .map((seed) => tellDifference(seed, [reference, one], [model, other]));
      assert.equal(
        different.length,
        0,
        `${different.length} differ: ${different.slice(0, 20)}\n${told.join("\n")}`,
      );
    });
  }
});
