import { makePaint } from "../reporting/index.ts";
import { NODE_NET } from "./contenders.ts";
import { runFileLab } from "./file-lab.ts";
import { everyByteWasRight } from "./file-report.ts";
import { formatFileReport } from "./file-table.ts";
import { runLab } from "./lab.ts";
import type { LabOptions } from "./options.ts";
import { allWasMeasured, formatPhases, PHASES_BOUNDS, reportPhases } from "./phases/index.ts";
import type { Progress } from "./progress.ts";
import { everyByteCameBack } from "./report.ts";
import type { Findings, Subject } from "./reports/index.ts";
import { formatReport } from "./table.ts";

/** Where nobody says how wide the terminal is. */
const COLUMNS_USUAL = 80;

/** What came of a measurement. */
export interface Outcome {
  readonly findings: Findings;
  /** The findings for people. */
  readonly text: string;
  /** Whether all that should have been measured was, and every byte was right. */
  readonly isRight: boolean;
}

/** Measures something. @param version Pentio's. @param signal stops everything; the promise is then rejected */
export type Measurement = (
  options: LabOptions,
  version: string,
  progress: Progress,
  signal: AbortSignal,
) => Promise<Outcome>;

/** How each subject is measured. */
export const measurements: Readonly<Record<Subject, Measurement>> = {
  async echoes(options, version, progress, signal) {
    const findings = await runLab(options, version, progress, signal);
    // The page of a report has both of the book's figures.
    if (options.reportPath !== null) {
      const { delayMs, sizeBytes } = PHASES_BOUNDS;
      const models = options.models.filter((model) => model !== NODE_NET);
      const setting = { models, delayMs: delayMs.usual, sizeBytes: sizeBytes.usual };
      const { timelines, failed } = await reportPhases(setting, version, progress, signal);
      findings.timelines = timelines;
      findings.failed.push(...failed.map(({ model, reason }) => ({ model, reason: `one read: ${reason}` })));
    }
    const text = formatReport(findings, makePaint(process.stdout));
    return { findings, text, isRight: everyByteCameBack(findings) };
  },

  async files({ models, connections: inFlight, size, seconds }, version, progress, signal) {
    const findings = await runFileLab({ models, inFlight, size, seconds }, version, progress, signal);
    const text = formatFileReport(findings, makePaint(process.stdout));
    return { findings, text, isRight: everyByteWasRight(findings) };
  },

  async phases({ models, delayMs, size: sizeBytes }, version, progress, signal) {
    const findings = await reportPhases({ models, delayMs, sizeBytes }, version, progress, signal);
    const text = formatPhases(findings, lineWidth(), makePaint(process.stdout));
    return { findings, text, isRight: allWasMeasured(findings) };
  },
};

/** Characters that fit into a line: what the user says, or else the terminal. */
function lineWidth(): number {
  return Number(process.env.COLUMNS) || process.stdout.columns || COLUMNS_USUAL;
}
