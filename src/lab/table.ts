import { count, decimal, type Paint } from "../reporting/index.ts";
import { type Column, formatColumns } from "./columns.ts";
import { PORT } from "./option-ranges.ts";
import { everyByteCameBack, type LabReport, type ModelResult } from "./report.ts";
import { addressAt } from "./web/address.ts";

const columns: readonly Column<ModelResult>[] = [
  { heading: ["", "model"], cell: ({ model }) => model },
  { heading: ["requests", "per s"], cell: (result) => decimal(result.requestsPerSecond, 0) },
  { heading: ["p50", "µs"], cell: ({ latencyUs }) => decimal(latencyUs.p50, 0) },
  { heading: ["p99", "µs"], cell: ({ latencyUs }) => decimal(latencyUs.p99, 0) },
  { heading: ["CPU µs", "per req."], cell: (result) => decimal(result.cpuUsPerRequest, 2) },
  { heading: ["CPU vs", "node:net"], cell: (result) => ratio(result.cpuRatioToNodeNet) },
  { heading: ["syscalls", "per req."], cell: ({ systemCalls }) => decimal(systemCalls.perRequest, 2) },
  {
    heading: ["switches", "per 1,000"],
    cell: ({ contextSwitchesPerRequest: { voluntary, involuntary } }) =>
      decimal((voluntary + involuntary) * 1000, 1),
  },
  { heading: ["", "threads"], cell: ({ threads }) => decimal(threads, 0) },
  { heading: ["peak RSS", "MB"], cell: ({ peakRssBytes }) => decimal(peakRssBytes / 1e6, 0) },
];

/** The report for people, at most 100 columns wide where the reasons are not longer. */
export function formatReport(report: LabReport, paint: Paint): string {
  const table = report.results.length > 0 ? [...formatColumns(columns, report.results, paint), ""] : [];
  return [...describe(report), "", ...table, ...conclude(report, paint)].map((line) => `${line}\n`).join("");
}

function describe({ pentio, machine, kernel, node, options, pinned, loadModel }: LabReport): string[] {
  const { connections, size, seconds } = options;
  const where = pinned
    ? `Server pinned to CPU ${pinned.serverCpu}, load generator to CPU ${pinned.loadCpu}`
    : "Processes not pinned to CPUs";
  return [
    `Pentio ${pentio}, Node ${node}, ${kernel}, ${machine.cpu}, ${count(machine.cpus, "CPU")}`,
    `TCP echo: ${count(connections, "connection")}, ${count(size, "byte")} a request, ${seconds} s each in rounds; load on ${loadModel}`,
    where,
  ];
}

function conclude(report: LabReport, paint: Paint): string[] {
  const { results, skipped, failed, auto } = report;
  const lines = skipped.map(({ model, reason }) => `${model} was skipped: ${reason}`);
  for (const { model, reason } of failed) lines.push(paint("red", `${model} failed: ${reason}`));
  for (const { model, checked } of results) {
    if (checked.mismatches === 0) continue;
    const wrong = `${decimal(checked.mismatches, 0)} wrong among ${decimal(checked.requests, 0)} replies`;
    lines.push(paint("red", `${model}: ${wrong}; the first: ${checked.firstMismatch}`));
  }
  for (const { model, warnings } of results) {
    for (const warning of warnings) lines.push(`${model} warned: ${warning}`);
  }
  lines.push(...explainFigures(results));
  lines.push(verdict(report, paint));
  lines.push(`The default model here is ${auto.model}: ${auto.reason}`);
  lines.push(
    `The same as a page that moves, at ${addressAt(PORT.usual)}: pentio lab --web, or npm start -- --web`,
  );
  return lines;
}

function verdict(report: LabReport, paint: Paint): string {
  const { results } = report;
  if (results.length === 0) return paint("red", "Nothing was measured");
  const requests = results.reduce((sum, { checked }) => sum + checked.requests, 0);
  const bytes = results.reduce((sum, { checked }) => sum + checked.bytes, 0);
  const what = `${count(requests, "request")}, ${count(bytes, "byte")}`;
  return everyByteCameBack(report)
    ? paint("green", `${what}, every byte came back`)
    : paint("red", `${what}, and NOT every byte came back`);
}

/** What to know about the figures, and what it would take to have those that are missing. */
function explainFigures(results: readonly ModelResult[]): string[] {
  if (results.length === 0) return [];
  const notes = new Set<string>();
  notes.add(
    "CPU per request is the steadiest figure: rates and latencies also show what else the machine does.",
  );
  for (const { systemCalls } of results) {
    if (systemCalls.perRequest === null) {
      notes.add(
        `System calls were not counted: ${systemCalls.reason}. Install perf or strace, and run as root.`,
      );
    } else if (systemCalls.countedBy === "strace") {
      notes.add(
        "System calls were counted by strace, which slows a server, so that more requests share a call.",
      );
    }
  }
  return [...notes];
}

function ratio(value: number | null): string {
  return value === null ? "–" : `${decimal(value, 2)}×`;
}
