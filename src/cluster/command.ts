import { parseArgs } from "node:util";
import { makePaint } from "../reporting/index.ts";
import { listClusters } from "./list.ts";
import { formatClusters } from "./text.ts";

const usage = `pentio cluster status: the clusters of this user, and what their processes do

Counters tell what each process had counted at its last heartbeat, with those before it in its place.

  --json             print one JSON document instead of the text
  --help             print this

Exit status: 0 if there are clusters; 1 if there is none; 2 for a wrong command line.
`;

/**
 * `pentio cluster status`: the report goes to standard output.
 *
 * @param args the command line after `cluster`
 * @returns the exit status: 0 if there are clusters, 1 if there is none
 * @throws ERR_INVALID_ARG_VALUE, ERR_PARSE_ARGS_UNKNOWN_OPTION and others for a wrong command line
 */
export async function clusterCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (positionals.length !== 1 || positionals[0] !== "status") {
    const error = new Error(`The one thing to ask for is "status", not "${positionals.join(" ")}"`);
    throw Object.assign(error, { code: "ERR_INVALID_ARG_VALUE" });
  }
  const clusters = await listClusters();
  const text = values.json
    ? `${JSON.stringify(clusters, null, 2)}\n`
    : formatClusters(clusters, makePaint(process.stdout));
  process.stdout.write(text);
  return clusters.length > 0 ? 0 : 1;
}
