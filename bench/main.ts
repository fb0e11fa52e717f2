/**
 * The bench, for developers: `npm run bench -- echo|bulk|idle|startup|all [--json] [--rounds 3] [--seconds 2]
 * [--connections 64,1000] [--only name,name]`. Needs two processors and, for the foreign servers, their compilers; what
 * is missing is reported as skipped.
 */
import { bulk } from "./bulk.ts";
import { echo } from "./echo.ts";
import { idle } from "./idle.ts";
import { type BenchOptions, parseOptions } from "./options.ts";
import { startup } from "./startup.ts";

const suites: Record<string, (options: BenchOptions) => Promise<unknown>> = { echo, bulk, idle, startup };

const [name = "echo", ...args] = process.argv.slice(2);
const options = parseOptions(args);
const chosen = name === "all" ? Object.keys(suites) : [name];
for (const suite of chosen) {
  const run = suites[suite];
  if (!run) {
    console.error(`Unknown suite "${suite}"; the suites are ${Object.keys(suites).join(", ")} and all`);
    process.exit(2);
  }
  const report = await run(options);
  if (options.json) console.log(JSON.stringify(report, null, 2));
}
