import { parseArgs } from "node:util";
import { makePaint } from "../../reporting/index.ts";
import { compareFindings } from "./compare-findings.ts";
import { formatComparison } from "./comparison-text.ts";
import { readFindings } from "./read-findings.ts";

/**
 * `pentio lab compare A B [--json]`: two reports, to standard output.
 *
 * @param args the command line after `compare`
 * @throws ERR_INVALID_ARG_VALUE for files that are no reports, and others for a wrong command line
 */
export function compareCommand(args: string[]): void {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: "boolean", default: false } },
  });
  const [a, b, ...rest] = positionals;
  if (a === undefined || b === undefined || rest.length > 0) {
    const message = `compare takes two reports, not ${positionals.length}`;
    throw Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_VALUE" });
  }
  const comparison = compareFindings(readFindings(a), readFindings(b));
  process.stdout.write(
    values.json
      ? `${JSON.stringify(comparison, null, 2)}\n`
      : formatComparison(comparison, makePaint(process.stdout)),
  );
}
