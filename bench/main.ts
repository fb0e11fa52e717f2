/**
 * The bench, for developers: `npm run bench -- SUITE|all [--json] [--rounds 3] [--seconds 2] [--connections 64,1000]
 * [--only name,name]`. Needs two processors and, for the foreign servers, their compilers; what is missing is reported as
 * skipped. Exit status 1 if something failed; a bar that is not kept is printed, and no failure.
 */
import { bulk } from "./bulk.ts";
import { cluster } from "./cluster.ts";
import { connections } from "./connections.ts";
import { cpu } from "./cpu.ts";
import { echo } from "./echo.ts";
import { executors } from "./executors.ts";
import { files } from "./files.ts";
import { idle } from "./idle.ts";
import { ipc } from "./ipc.ts";
import { models } from "./models.ts";
import { type BenchDefaults, type BenchOptions, parseOptions } from "./options.ts";
import type { Excuse } from "./peers.ts";
import { startup } from "./startup.ts";
import { tasks } from "./tasks.ts";

/** What a suite found; `--json` prints all of it. */
interface Report {
  readonly suite: string;
  readonly failed?: readonly Excuse[];
}

interface Suite {
  readonly run: (options: BenchOptions) => Promise<Report>;
  readonly defaults?: BenchDefaults;
}

const suites: Record<string, Suite> = {
  echo: { run: echo, defaults: { connections: [64, 1000] } },
  models: { run: models, defaults: { connections: [64] } },
  connections: { run: connections, defaults: { connections: [10_000] } },
  bulk: { run: bulk },
  idle: { run: idle },
  cpu: { run: cpu, defaults: { seconds: 2.5 } },
  files: { run: files },
  startup: { run: startup },
  cluster: { run: cluster, defaults: { connections: [64, 1000] } },
  ipc: { run: ipc, defaults: { seconds: 1 } },
  executors: { run: executors, defaults: { seconds: 1, connections: [64, 1000] } },
  tasks: { run: tasks, defaults: { seconds: 1 } },
};

const [name = "echo", ...args] = process.argv.slice(2);
const chosen = name === "all" ? Object.keys(suites) : [name];
for (const name of chosen) {
  const suite = suites[name];
  if (!suite) {
    console.error(`Unknown suite "${name}"; the suites are ${Object.keys(suites).join(", ")} and all`);
    process.exit(2);
  }
  const options = parseOptions(args, suite.defaults ?? {});
  const report = await suite.run(options);
  if (options.json) console.log(JSON.stringify(report, null, 2));
  for (const { name, reason } of report.failed ?? []) {
    process.exitCode = 1;
    console.error(`${name} failed: ${reason}`);
  }
}
