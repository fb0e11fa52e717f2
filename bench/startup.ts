import { spawnSync } from "node:child_process";
import { checkAtMost, printChecks } from "./checks.ts";
import type { BenchOptions } from "./options.ts";
import { median } from "./statistics.ts";

const RUNS = 15;
const IMPORT_MS_MAX = 30;

/** What `import "pentio"` adds to the start of a module: whole processes, with and without it, in turn. */
export async function startup(options: BenchOptions) {
  const root = new URL("../../", import.meta.url);
  const index = new URL("dist/lib/index.js", root).href;
  const added: number[] = [];
  for (let run = 0; run < RUNS; run++)
    added.push(timeOf(`import ${JSON.stringify(index)}`) - timeOf("export {}"));
  const addedMs = median(added);
  const checks = [checkAtMost('ms that import "pentio" adds', addedMs, IMPORT_MS_MAX)];
  if (!options.json) printChecks(checks);
  return { suite: "startup", runs: RUNS, addedMs, checks };
}

function timeOf(code: string): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - started;
}
