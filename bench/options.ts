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

export function parseOptions(args: string[]): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "2" },
      connections: { type: "string", default: "64,1000" },
      only: { type: "string", default: "" },
      json: { type: "boolean", default: false },
    },
  });
  return {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    connections: values.connections.split(",").map(Number),
    only: values.only.split(",").filter((name) => name !== ""),
    json: values.json,
  };
}
