import { probeModels } from "../../drivers/index.ts";
import { describeMachine, type MachineDescription } from "../../reporting/index.ts";
import type { Progress } from "../progress.ts";
import { measurePhases } from "./measure-phases.ts";
import type { ReadSetting } from "./read.ts";
import type { Timeline } from "./timeline.ts";

/** What `pentio lab --phases --json` prints. */
export interface PhasesReport extends MachineDescription {
  pentio: string;
  /** When the lab began, ISO 8601. */
  measuredAt: string;
  options: ReadSetting & { models: string[] };
  timelines: Timeline[];
  /** Models that do not work on this machine. */
  skipped: { model: string; reason: string }[];
  /** Models that should have worked and did not. */
  failed: { model: string; reason: string }[];
}

/**
 * Measures the phases of a read on models, one after the other.
 *
 * @param version Pentio's, for the report
 * @param signal stops everything; the promise is then rejected
 */
export async function reportPhases(
  { models, ...setting }: ReadSetting & { readonly models: readonly string[] },
  version: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<PhasesReport> {
  const report: PhasesReport = {
    pentio: version,
    ...describeMachine(),
    measuredAt: new Date().toISOString(),
    options: { models: [...models], ...setting },
    timelines: [],
    skipped: [],
    failed: [],
  };
  const refusals = new Map<string, string>(
    probeModels().flatMap(({ model, works, reason }) => (works ? [] : [[model, reason]])),
  );
  for (const model of models) {
    const refusal = refusals.get(model);
    if (refusal !== undefined) {
      report.skipped.push({ model, reason: refusal });
      continue;
    }
    progress.begin(model);
    progress.step("reading");
    try {
      for await (const timeline of measurePhases({ models: [model], ...setting, signal }))
        report.timelines.push(timeline);
    } catch (error) {
      signal.throwIfAborted();
      report.failed.push({ model, reason: (error as Error).message });
    }
  }
  return report;
}

/** Whether something was measured, and nothing failed. */
export function allWasMeasured({ timelines, failed }: PhasesReport): boolean {
  return timelines.length > 0 && failed.length === 0;
}
