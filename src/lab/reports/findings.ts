import type { FileLabReport } from "../file-report.ts";
import type { PhasesReport, Timeline } from "../phases/index.ts";
import type { LabReport } from "../report.ts";

/** What a run of the lab found, whatever it compared: the document that `--json` prints and a report carries. */
export type Findings = LabReport | FileLabReport | PhasesReport;

/** What was compared. */
export type Subject = "echoes" | "files" | "phases";

export function subjectOf(findings: Findings): Subject {
  if (isOfFiles(findings)) return "files";
  return isOfEchoes(findings) ? "echoes" : "phases";
}

export function isOfEchoes(findings: Findings): findings is LabReport {
  return "loadModel" in findings;
}

export function isOfFiles(findings: Findings): findings is FileLabReport {
  return "fileBytes" in findings;
}

/** The time lines of reads, which a comparison of echoes may have, too. */
export function timelinesOf(findings: Findings): readonly Timeline[] {
  return isOfFiles(findings) ? [] : (findings.timelines ?? []);
}
