import { decimal, type Paint } from "../../reporting/index.ts";
import { type Column, formatColumns } from "../columns.ts";
import type { FindingsComparison, Ratio } from "./compare-findings.ts";
import type { FigureName } from "./figure-names.ts";

/** The two lines of a column's heading, for those figures that have a column. */
const HEADINGS: Partial<Record<FigureName, readonly [string, string]>> = {
  cpuUsPerRequest: ["CPU per", "request"],
  requestsPerSecond: ["requests", "per s"],
  latencyP50Us: ["", "p50"],
  latencyP99Us: ["", "p99"],
  systemCallsPerRequest: ["", "syscalls"],
  threads: ["", "threads"],
  peakRssMiB: ["peak", "memory"],
  randomReadsPerSecond: ["random", "reads/s"],
  randomReadCpuUs: ["CPU", "each"],
  randomWritesPerSecond: ["random", "writes/s"],
  randomWriteCpuUs: ["CPU", "each"],
  sequentialReadsPerSecond: ["sequential", "reads/s"],
  sequentialWritesPerSecond: ["sequential", "writes/s"],
  waitingUs: ["", "waiting"],
  copyingUs: ["", "copying"],
  arrivalToToldUs: ["arrival", "to told"],
};

/** A comparison for people: each figure of the second report divided by that of the first. */
export function formatComparison(comparison: FindingsComparison, paint: Paint): string {
  const { differs, ratios } = comparison;
  const lines = differs.map(({ what, a, b }) => `${what} differs: ${a} and ${b}`);
  if (differs.length === 0) lines.push("Machine, versions and options are the same.");
  for (const figures of groups(ratios)) lines.push("", ...formatGroup(figures, ratios, paint));
  lines.push(
    "",
    "The second report divided by the first; ≈: no more than the rounds differ among themselves.",
  );
  lines.push(...concludeOrder(comparison));
  return lines.map((line) => `${line}\n`).join("");
}

/** The figures of each set of models: echoes and phases name them differently. */
function groups(ratios: readonly Ratio[]): FigureName[][] {
  const byModels = new Map<string, FigureName[]>();
  const figures = (Object.keys(HEADINGS) as FigureName[]).filter((name) =>
    ratios.some(({ figure }) => figure === name),
  );
  for (const figure of figures) {
    const models = ratios.flatMap((ratio) => (ratio.figure === figure ? [ratio.model] : [])).join();
    byModels.set(models, [...(byModels.get(models) ?? []), figure]);
  }
  return [...byModels.values()];
}

function formatGroup(figures: readonly FigureName[], ratios: readonly Ratio[], paint: Paint): string[] {
  const models = ratios.flatMap(({ figure, model }) => (figure === figures[0] ? [model] : []));
  const columns: Column<string>[] = figures.map((name) => ({
    heading: HEADINGS[name]!,
    cell: (model) => show(ratios.find((ratio) => ratio.model === model && ratio.figure === name)!),
  }));
  return formatColumns([{ heading: ["", "model"], cell: (model) => model }, ...columns], models, paint);
}

function show({ ratio, isWithinNoise }: Ratio): string {
  return `${isWithinNoise ? "≈ " : ""}${ratio === null ? "–" : `${decimal(ratio, 2)}×`}`;
}

function concludeOrder({ subject, ratios, disagreements }: FindingsComparison): string[] {
  if (subject !== "echoes") return [];
  const common = ratios.filter(({ figure, ratio }) => figure === "cpuUsPerRequest" && ratio !== null);
  if (common.length < 2) return ["They have no two servers in common, whose order could be compared."];
  if (disagreements.length === 0) {
    return ["Both agree on the order of the models by CPU per request, where they differ beyond the noise."];
  }
  return disagreements.map(
    ([one, two]) => `Only the first has ${one} need less CPU per request than ${two}.`,
  );
}
