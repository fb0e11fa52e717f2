import { parseArgs } from "node:util";

export const doctorUsage = `pentio doctor: which I/O models work on this machine, and what helps where one does not

Tries every model and every feature of io_uring on this kernel, under the limits and filters of this process
and its container, and says what "auto" chooses. Nothing on the machine is changed.

  --json             print one JSON document instead of the text
  --help             print this

Exit status: 0 if any model works; 1 if none does; 2 for a wrong command line.
`;

/**
 * Reads the command line of `pentio doctor`.
 *
 * @throws ERR_PARSE_ARGS_UNKNOWN_OPTION and others of util.parseArgs
 */
export function parseDoctorOptions(args: string[]): { json: boolean; help: boolean } {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  return values;
}
