import { parseArgs } from "node:util";

/** What every suite of the bench can be told. */
export interface BenchOptions {
  /** Rounds whose medians are printed. */
  readonly rounds: number;
  /** Length of one measurement. */
  readonly seconds: number;
  readonly connections: readonly number[];
  /** Candidates by name; all if empty. */
  readonly only: readonly string[];
  readonly json: boolean;
}

/** What a suite does if it is not told. */
export type BenchDefaults = Partial<Pick<BenchOptions, "seconds" | "connections">>;

export function parseOptions(args: string[], { seconds = 2, connections = [] }: BenchDefaults): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string", default: "3" },
      seconds: { type: "string" },
      connections: { type: "string" },
      only: { type: "string", default: "" },
      json: { type: "boolean", default: false },
    },
  });
  return {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds ?? seconds),
    connections: values.connections?.split(",").map(Number) ?? connections,
    only: values.only.split(",").filter((name) => name !== ""),
    json: values.json,
  };
}
