/** What a figure is: how many digits make sense, and what one would rather have. */
export interface FigureNature {
  readonly digits: number;
  readonly better: "more" | "less" | null;
}

const more = { digits: 0, better: "more" } as const;
const micros = { digits: 0, better: "less" } as const;
const microsEach = { digits: 2, better: "less" } as const;
const each = { digits: 3, better: "less" } as const;

/** All figures of all reports: of echoes, of work on a file, of the phases of a read. Units stand last in their names. */
export const FIGURES = {
  requestsPerSecond: more,
  latencyP50Us: micros,
  latencyP90Us: micros,
  latencyP99Us: micros,
  latencyP999Us: micros,
  cpuUsPerRequest: microsEach,
  systemCallsPerRequest: each,
  voluntarySwitchesPerRequest: each,
  involuntarySwitchesPerRequest: each,
  threads: { digits: 0, better: "less" },
  peakRssMiB: { digits: 0, better: "less" },
  randomReadsPerSecond: more,
  randomReadCpuUs: microsEach,
  randomWritesPerSecond: more,
  randomWriteCpuUs: microsEach,
  sequentialReadsPerSecond: more,
  sequentialReadCpuUs: microsEach,
  sequentialWritesPerSecond: more,
  sequentialWriteCpuUs: microsEach,
  waitingUs: { digits: 1, better: null },
  copyingUs: { digits: 1, better: "less" },
  arrivalToToldUs: { digits: 1, better: "less" },
  retries: { digits: 0, better: "less" },
  otherWork: { digits: 0, better: "more" },
} as const satisfies Record<string, FigureNature>;

export type FigureName = keyof typeof FIGURES;
