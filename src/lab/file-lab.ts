import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseDriver, probeModels } from "../drivers/index.ts";
import { describeMachine } from "../reporting/index.ts";
import { ChildProgram } from "./child-program.ts";
import { FILE_BYTES, makeFile } from "./file-blocks.ts";
import { FILE_WORKS, type FileLabReport, type FileResult, type FileWorkload } from "./file-report.ts";
import type { Progress } from "./progress.ts";

const worker = new URL("./file-worker.js", import.meta.url);

/** Longer than all the works take beside what is measured. */
const WORKING_MS_MAX = 20_000;

/**
 * Compares models on a real file, one after the other, in the folder for temporary files.
 *
 * @param version Pentio's, for the report
 * @param signal stops everything; the promise is then rejected
 */
export async function runFileLab(
  { models, ...workload }: FileWorkload & { readonly models: readonly string[] },
  version: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<FileLabReport> {
  const probes = probeModels();
  const { driver, reason } = chooseDriver("auto");
  driver.close();
  const report: FileLabReport = {
    pentio: version,
    ...describeMachine(),
    measuredAt: new Date().toISOString(),
    options: { models: [...models], ...workload },
    fileBytes: FILE_BYTES,
    auto: { model: driver.model, reason },
    results: [],
    skipped: [],
    failed: [],
  };
  const folder = mkdtempSync(join(tmpdir(), "pentio-lab-"));
  try {
    const path = join(folder, "file");
    for (const [index, model] of models.entries()) {
      progress.begin(`[${index + 1}/${models.length}] ${model}`);
      const probe = probes.find((probe) => probe.model === model);
      if (probe && !probe.works) {
        report.skipped.push({ model, reason: probe.reason });
        continue;
      }
      makeFile(path);
      progress.step("reading and writing", FILE_WORKS.length * workload.seconds);
      try {
        report.results.push(await measureFile(path, model, workload, signal));
      } catch (error) {
        signal.throwIfAborted();
        report.failed.push({ model, reason: (error as Error).message });
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return report;
}

async function measureFile(
  path: string,
  model: string,
  { inFlight, size, seconds }: FileWorkload,
  signal: AbortSignal,
): Promise<FileResult> {
  const args = [path, model, ...[inFlight, size, seconds].map(String)];
  const child = new ChildProgram(`the work on ${model}`, worker, args, { cpu: null, signal });
  try {
    const { figures, threads } = await child.receive(
      "worked",
      WORKING_MS_MAX + FILE_WORKS.length * seconds * 1000,
    );
    return { model, figures, threads };
  } finally {
    await child.stop();
  }
}
