import { FILE_WORKS, type FileLabReport, type FileWork } from "../file-report.ts";
import { nameOf } from "../phases/index.ts";
import type { Timeline } from "../phases/timeline.ts";
import type { Figures, LabReport, ModelResult } from "../report.ts";
import { copyingSpan } from "./copying-span.ts";
import type { FigureName } from "./figure-names.ts";
import { type Findings, isOfEchoes, isOfFiles } from "./findings.ts";

/** A figure of a model: null if it was not measured. */
export interface Cell {
  readonly value: number | null;
  /** What it was in each round, where there were some: how far it can be trusted. */
  readonly rounds: readonly number[];
}

export interface FigureRow {
  /** A model, `node:net`, or one of Node's ways to work on a file. */
  readonly name: string;
  readonly cells: Readonly<Partial<Record<FigureName, Cell>>>;
}

/** The figures of findings as a table, which all forms of a report are made from. */
export interface FigureTable {
  readonly figures: readonly FigureName[];
  readonly rows: readonly FigureRow[];
}

/** The figures of what the findings are about. */
export function figureTable(findings: Findings): FigureTable {
  if (isOfEchoes(findings)) return echoTable(findings);
  return isOfFiles(findings) ? fileTable(findings) : phasesTable(findings.timelines);
}

/** @param name what a time line is called. Default: in English */
export function phasesTable(
  timelines: readonly Timeline[],
  name: (timeline: Timeline) => string = nameOf,
): FigureTable {
  return toTable(timelines, name, {
    waitingUs: ({ arrivedUs }) => single(arrivedUs),
    copyingUs: (timeline) => {
      const span = copyingSpan(timeline);
      return single(span && span.toUs - span.fromUs);
    },
    arrivalToToldUs: ({ arrivedUs, toldUs }) => single(arrivedUs === null ? null : toldUs - arrivedUs),
    retries: ({ retries }) => single(retries),
    otherWork: ({ otherWork }) => single(otherWork),
  });
}

function echoTable({ results }: LabReport): FigureTable {
  const byRound = (of: (figures: Figures) => number) => (result: ModelResult) => ({
    value: of(result),
    rounds: result.rounds.map(of),
  });
  return toTable(results, ({ model }) => model, {
    requestsPerSecond: byRound((figures) => figures.requestsPerSecond),
    latencyP50Us: byRound(({ latencyUs }) => latencyUs.p50),
    latencyP90Us: byRound(({ latencyUs }) => latencyUs.p90),
    latencyP99Us: byRound(({ latencyUs }) => latencyUs.p99),
    latencyP999Us: byRound(({ latencyUs }) => latencyUs.p999),
    cpuUsPerRequest: byRound((figures) => figures.cpuUsPerRequest),
    systemCallsPerRequest: ({ systemCalls }) => single(systemCalls.perRequest),
    voluntarySwitchesPerRequest: byRound((figures) => figures.contextSwitchesPerRequest.voluntary),
    involuntarySwitchesPerRequest: byRound((figures) => figures.contextSwitchesPerRequest.involuntary),
    threads: ({ threads }) => single(threads),
    peakRssMiB: ({ peakRssBytes }) => single(peakRssBytes / 2 ** 20),
  });
}

const FILE_FIGURES = {
  "random read": ["randomReadsPerSecond", "randomReadCpuUs"],
  "random write": ["randomWritesPerSecond", "randomWriteCpuUs"],
  "sequential read": ["sequentialReadsPerSecond", "sequentialReadCpuUs"],
  "sequential write": ["sequentialWritesPerSecond", "sequentialWriteCpuUs"],
} as const satisfies Record<FileWork, readonly [FigureName, FigureName]>;

function fileTable({ results }: FileLabReport): FigureTable {
  const columns: Partial<Record<FigureName, (result: FileLabReport["results"][number]) => Cell>> = {};
  for (const work of FILE_WORKS) {
    const [rate, cpu] = FILE_FIGURES[work];
    columns[rate] = ({ figures }) => single(figures[work].blocks / figures[work].seconds);
    columns[cpu] = ({ figures }) => single(figures[work].cpuUsPerBlock);
  }
  return toTable(results, ({ model }) => model, { ...columns, threads: ({ threads }) => single(threads) });
}

function toTable<R>(
  results: readonly R[],
  nameOf: (result: R) => string,
  columns: Readonly<Partial<Record<FigureName, (result: R) => Cell>>>,
): FigureTable {
  const figures = Object.keys(columns) as FigureName[];
  const rows = results.map((result) => ({
    name: nameOf(result),
    cells: Object.fromEntries(figures.map((figure) => [figure, columns[figure]!(result)])),
  }));
  return { figures, rows };
}

function single(value: number | null): Cell {
  return { value, rounds: [] };
}
