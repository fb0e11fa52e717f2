import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Check, printChecks } from "./checks.ts";
import type { BenchOptions } from "./options.ts";
import type { Excuse } from "./peers.ts";
import { peersFolder } from "./process.ts";
import { table } from "./statistics.ts";
import { type Measurement, type TaskCandidate, taskProgram } from "./task-candidates.ts";
import { TaskRounds } from "./task-rounds.ts";

function javascript(name: string, describe: string, run: string): TaskCandidate {
  const module = fileURLToPath(new URL(`./ipc/${name}.js`, import.meta.url));
  return {
    name,
    describe,
    command: [process.execPath, "--no-warnings", taskProgram("measure"), module, run],
    peer: null,
  };
}

function python(kind: string): TaskCandidate {
  const command = ["python3", join(peersFolder, "python-ipc.py"), kind];
  return { name: `python ${kind}`, describe: "multiprocessing", command, peer: "python" };
}

const bars = [{ name: "pentio", other: "node", timesAtLeast: 1 }];

/**
 * Numbers: one way, an answer after thousands, where Pentio's sends wait one by one, as they would in a program; and there and
 * back, one at a time.
 */
const measurements: readonly Measurement[] = [
  {
    name: "process",
    unit: "messages",
    candidates: [
      javascript("pentio", "pipe", "processMessages"),
      javascript("node", "child.send", "processMessages"),
      python("pipe"),
      python("queue"),
    ],
    bars,
  },
  {
    name: "process round trips",
    unit: "round trips",
    candidates: [
      javascript("pentio", "pipe", "processRoundTrips"),
      javascript("node", "child.send", "processRoundTrips"),
    ],
    bars,
  },
  {
    name: "thread",
    unit: "messages",
    candidates: [
      javascript("pentio", "mailbox", "threadMessages"),
      javascript("node", "postMessage", "threadMessages"),
    ],
    bars,
  },
  {
    name: "thread round trips",
    unit: "round trips",
    candidates: [
      javascript("pentio", "mailbox", "threadRoundTrips"),
      javascript("node", "postMessage", "threadRoundTrips"),
    ],
    bars,
  },
];

/** Messages to another process, and to another thread: `--only` takes the measurements' names. */
export async function ipc(options: BenchOptions) {
  const hasPython = spawnSync("python3", ["--version"]).status === 0;
  const results = [];
  const checks: Check[] = [];
  const failed: Excuse[] = [];
  for (const measurement of measurements) {
    if (options.only.length > 0 && !options.only.includes(measurement.name)) continue;
    const candidates = measurement.candidates.filter(({ peer }) => peer === null || hasPython);
    const rounds = new TaskRounds(measurement, candidates);
    await rounds.run(options);
    results.push(...rounds.results());
    checks.push(...rounds.check());
    failed.push(...rounds.failed);
  }
  const skipped = hasPython ? [] : [{ name: "python", reason: "python3 is not installed" }];
  if (!options.json) {
    const header = ["to a", "program", "µs CPU each", "µs each", "first/this"];
    const rows = results.map(({ measurement, name, perCpuSecond, perSecond, firstRatio }) => [
      measurement,
      name,
      (1e6 / perCpuSecond).toFixed(2),
      (1e6 / perSecond).toFixed(2),
      firstRatio.toFixed(2),
    ]);
    console.log(table([header, ...rows]));
    printChecks(checks);
    for (const { name, reason } of skipped) console.log(`skipped ${name}: ${reason}`);
  }
  return { suite: "ipc", options, results, checks, skipped, failed };
}
