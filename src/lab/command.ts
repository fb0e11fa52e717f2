import { constants as access, accessSync, existsSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import { measurements, type Outcome } from "./measurements.ts";
import { type LabOptions, parseLabOptions } from "./options.ts";
import { makeProgress } from "./progress.ts";
import { compareCommand, figureTable, toCsv, toHtml } from "./reports/index.ts";
import { labUsage } from "./usage.ts";
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
  if (args[0] === "compare") {
    compareCommand(args.slice(1));
    return 0;
  }
  const options = parseLabOptions(args);
  if (options.help) {
    process.stdout.write(labUsage);
    return 0;
  }
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => stop.abort(signal);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    if (!options.web) return await measure(options, version, stop.signal);
    await serveLab(options.port, version, stop.signal);
    return 0;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return 128 + constants.signals[stop.signal.reason as (typeof SIGNALS)[number]];
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

/** @returns the exit status */
async function measure(options: LabOptions, version: string, signal: AbortSignal): Promise<number> {
  const { reportPath, language, format, subject } = options;
  if (reportPath !== null) requireWritable(reportPath);
  const progress = makeProgress(process.stderr);
  const outcome = await measurements[subject](options, version, progress, signal).finally(() =>
    progress.end(),
  );
  process.stdout.write(inFormat(format, outcome));
  if (reportPath !== null) {
    writeFileSync(reportPath, toHtml(outcome.findings, language));
    process.stderr.write(`The report is in ${reportPath}\n`);
  }
  return outcome.isRight ? 0 : 1;
}

function inFormat(format: LabOptions["format"], { findings, text }: Outcome): string {
  if (format === "csv") return toCsv(figureTable(findings));
  return format === "json" ? `${JSON.stringify(findings, null, 2)}\n` : text;
}

/** Before a minute is spent on what could not be written. */
function requireWritable(path: string): void {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error("it is a directory");
    accessSync(existsSync(path) ? path : dirname(path), access.W_OK);
  } catch (error) {
    const message = `--report cannot write ${path}: ${(error as Error).message}`;
    throw Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_VALUE" });
  }
}
