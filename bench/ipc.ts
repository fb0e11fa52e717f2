import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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

/** Small messages one way, an answer after thousands. Pentio's sends wait one by one, as they would in a program. */
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
    bars: [],
  },
  {
    name: "thread",
    unit: "messages",
    candidates: [
      javascript("pentio", "mailbox", "threadMessages"),
      javascript("node", "postMessage", "threadMessages"),
    ],
    bars: [],
  },
];

/** Messages to another process, and to another thread: `--only` takes `process` and `thread`. */
export async function ipc(options: BenchOptions) {
  const hasPython = spawnSync("python3", ["--version"]).status === 0;
  const results = [];
  const failed: Excuse[] = [];
  for (const measurement of measurements) {
    if (options.only.length > 0 && !options.only.includes(measurement.name)) continue;
    const candidates = measurement.candidates.filter(({ peer }) => peer === null || hasPython);
    const rounds = new TaskRounds(measurement, candidates);
    await rounds.run(options);
    results.push(...rounds.results());
    failed.push(...rounds.failed);
  }
  const skipped = hasPython ? [] : [{ name: "python", reason: "python3 is not installed" }];
  if (!options.json) {
    const header = ["to a", "program", "messages/s", "first/this"];
    const rows = results.map(({ measurement, name, perSecond, firstRatio }) => [
      measurement,
      name,
      Math.round(perSecond).toLocaleString("en"),
      firstRatio.toFixed(2),
    ]);
    console.log(table([header, ...rows]));
    for (const { name, reason } of skipped) console.log(`skipped ${name}: ${reason}`);
  }
  return { suite: "ipc", options, results, skipped, failed };
}
