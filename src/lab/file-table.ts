import { count, decimal, type Paint } from "../reporting/index.ts";
import { type Column, formatColumns } from "./columns.ts";
import {
  everyByteWasRight,
  type FileFigures,
  type FileLabReport,
  type FileResult,
  type FileWork,
} from "./file-report.ts";

const columns: readonly Column<FileResult>[] = [
  { heading: ["", "model"], cell: ({ model }) => model },
  { heading: ["random", "reads/s"], cell: rate("random read") },
  { heading: ["CPU µs", "each"], cell: cpu("random read") },
  { heading: ["random", "writes/s"], cell: rate("random write") },
  { heading: ["CPU µs", "each"], cell: cpu("random write") },
  { heading: ["sequential", "reads/s"], cell: rate("sequential read") },
  { heading: ["sequential", "writes/s"], cell: rate("sequential write") },
  { heading: ["", "threads"], cell: ({ threads }) => decimal(threads, 0) },
];

/** The report for people, at most 100 columns wide where the reasons are not longer. */
export function formatFileReport(report: FileLabReport, paint: Paint): string {
  const table = report.results.length > 0 ? [...formatColumns(columns, report.results, paint), ""] : [];
  return [...describe(report), "", ...table, ...conclude(report, paint)].map((line) => `${line}\n`).join("");
}

function describe({ pentio, machine, kernel, node, options, fileBytes }: FileLabReport): string[] {
  const { inFlight, size, seconds } = options;
  return [
    `Pentio ${pentio}, Node ${node}, ${kernel}, ${machine.cpu}, ${count(machine.cpus, "CPU")}`,
    `A file of ${fileBytes / 2 ** 20} MiB in the page cache: blocks of ${count(size, "byte")}, ${inFlight} at once, ${seconds} s each`,
  ];
}

function conclude(report: FileLabReport, paint: Paint): string[] {
  const { results, skipped, failed, auto } = report;
  const lines = skipped.map(({ model, reason }) => `${model} was skipped: ${reason}`);
  for (const { model, reason } of failed) lines.push(paint("red", `${model} failed: ${reason}`));
  const all = results.flatMap(({ figures }) => Object.values(figures));
  const sum = (of: (figures: FileFigures) => number) =>
    all.reduce((total, figures) => total + of(figures), 0);
  const blocks = count(
    sum(({ blocks }) => blocks),
    "block",
  );
  if (results.length === 0) lines.push(paint("red", "Nothing was measured"));
  else if (everyByteWasRight(report)) lines.push(paint("green", `${blocks}, every byte was right`));
  else
    lines.push(
      paint("red", `${blocks}, and NOT every byte was right: ${sum(({ mismatches }) => mismatches)} wrong`),
    );
  lines.push(`The default model here is ${auto.model}: ${auto.reason}`);
  return lines;
}

function rate(work: FileWork): (result: FileResult) => string {
  return ({ figures }) => decimal(figures[work].blocks / figures[work].seconds, 0);
}

function cpu(work: FileWork): (result: FileResult) => string {
  return ({ figures }) => decimal(figures[work].cpuUsPerBlock, 2);
}
