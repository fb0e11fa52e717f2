import { constants } from "node:os";
import { makePaint } from "../reporting/index.ts";
import { runFileLab } from "./file-lab.ts";
import { everyByteWasRight } from "./file-report.ts";
import { formatFileReport } from "./file-table.ts";
import { runLab } from "./lab.ts";
import { type LabOptions, labUsage, parseLabOptions } from "./options.ts";
import { makeProgress, type Progress } from "./progress.ts";
import { everyByteCameBack } from "./report.ts";
import { formatReport } from "./table.ts";
import { serveLab } from "./web/serve-lab.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * `pentio lab`: the report goes to standard output, progress to standard error.
 *
 * @param args the command line after `lab`
 * @param version Pentio's
 * @returns the exit status: 0, 1, or 128 and the number of the signal that stopped it
 * @throws ERR_INVALID_ARG_VALUE, ERR_PARSE_ARGS_UNKNOWN_OPTION and others for a wrong command line
 */
export async function labCommand(args: string[], version: string): Promise<number> {
  const options = parseLabOptions(args);
  if (options.help) {
    process.stdout.write(labUsage);
    return 0;
  }
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => stop.abort(signal);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const progress = makeProgress(process.stderr);
  try {
    if (options.web) {
      await serveLab(options.port, version, stop.signal);
      return 0;
    }
    const { text, isRight } = options.files
      ? await compareFiles(options, version, progress, stop.signal)
      : await compareEchoes(options, version, progress, stop.signal);
    progress.end();
    process.stdout.write(text);
    return isRight ? 0 : 1;
  } catch (error) {
    progress.end();
    if (!stop.signal.aborted) throw error;
    return 128 + constants.signals[stop.signal.reason as (typeof SIGNALS)[number]];
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

/** The report as text, and whether every byte was right. */
interface Comparison {
  readonly text: string;
  readonly isRight: boolean;
}

async function compareEchoes(
  options: LabOptions,
  version: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<Comparison> {
  const report = await runLab(options, version, progress, signal);
  const text = options.json ? toJson(report) : formatReport(report, makePaint(process.stdout));
  return { text, isRight: everyByteCameBack(report) };
}

async function compareFiles(
  { models, connections: inFlight, size, seconds, json }: LabOptions,
  version: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<Comparison> {
  const report = await runFileLab({ models, inFlight, size, seconds }, version, progress, signal);
  const text = json ? toJson(report) : formatFileReport(report, makePaint(process.stdout));
  return { text, isRight: everyByteWasRight(report) };
}

function toJson(report: object): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
