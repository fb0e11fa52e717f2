import { makePaint } from "../reporting/index.ts";
import { examine } from "./examination.ts";
import { doctorUsage, parseDoctorOptions } from "./options.ts";
import { formatReport } from "./text.ts";

/**
 * `pentio doctor`: the report goes to standard output.
 *
 * @param args the command line after `doctor`
 * @param version Pentio's
 * @returns the exit status: 0 if any model works, 1 if none does
 * @throws ERR_PARSE_ARGS_UNKNOWN_OPTION and others for a wrong command line
 */
export async function doctorCommand(args: string[], version: string): Promise<number> {
  const { json, help } = parseDoctorOptions(args);
  if (help) {
    process.stdout.write(doctorUsage);
    return 0;
  }
  const report = await examine(version);
  const text = json
    ? `${JSON.stringify(report, null, 2)}\n`
    : formatReport(report, makePaint(process.stdout));
  process.stdout.write(text);
  return report.works ? 0 : 1;
}
