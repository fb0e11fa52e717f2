import { readFileSync } from "node:fs";
import type { Findings } from "./findings.ts";
import { FINDINGS_ID } from "./html-report.ts";

/**
 * Reads the findings of a report: an HTML file, or what `--json` printed.
 *
 * @throws ERR_INVALID_ARG_VALUE, with the file's name, if it cannot be read or is no report
 */
export function readFindings(path: string): Findings {
  try {
    const findings: unknown = JSON.parse(jsonIn(readFileSync(path, "utf8")));
    if (isFindings(findings)) return findings;
    throw new Error("it has no findings of the lab");
  } catch (error) {
    const message = `${path} is not a report of the lab: ${(error as Error).message}`;
    throw Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_VALUE" });
  }
}

function jsonIn(text: string): string {
  if (!text.trimStart().startsWith("<")) return text;
  const script = new RegExp(`<script type="application/json" id="${FINDINGS_ID}">(.*?)</script>`, "s");
  const [, json] = script.exec(text) ?? [];
  if (json === undefined) throw new Error("this HTML file carries no findings");
  return json;
}

/** Whether it has what all findings have; what else is in there is the lab's own writing. */
function isFindings(value: unknown): value is Findings {
  if (typeof value !== "object" || value === null) return false;
  const { pentio, node, kernel, machine, options, ...rest } = value as Partial<Findings>;
  const texts = [pentio, node, kernel].every((text) => typeof text === "string");
  const objects = [machine, options].every((object) => typeof object === "object" && object !== null);
  return texts && objects && ("results" in rest || "timelines" in rest);
}
