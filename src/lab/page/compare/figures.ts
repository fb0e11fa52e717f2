import type { Sample } from "../../web/protocol.ts";
import type { Measured } from "../lab-state.ts";
import type { Words } from "../words/words.ts";

export type ChartName = keyof Words["compare"]["charts"];
export type Percentile = keyof Sample["latencyUs"];
export const percentiles: readonly Percentile[] = ["p50", "p90", "p99", "p999"];

/** What each chart shows of a sample; null is not measured. */
export const figures: Record<ChartName, (sample: Sample, percentile: Percentile) => number | null> = {
  requestsPerSecond: (sample) => sample.requestsPerSecond,
  latency: (sample, percentile) => sample.latencyUs[percentile],
  cpuUsPerRequest: (sample) => sample.cpuUsPerRequest,
  systemCallsPerRequest: (sample) => sample.systemCallsPerRequest,
  contextSwitches: ({ contextSwitchesPerRequest: { voluntary, involuntary } }) => voluntary + involuntary,
  threads: (sample) => sample.threads,
};

export const chartNames = Object.keys(figures) as ChartName[];

/** The numbers of connections that something was measured with. */
export function stepsOf(items: readonly Measured[]): number[] {
  return [...new Set(items.map(({ connections }) => connections))].sort((a, b) => a - b);
}

/** One server's values, a value for each step. */
export function valuesOf(
  items: readonly Measured[],
  model: string,
  steps: readonly number[],
  figure: (sample: Sample) => number | null,
): (number | null)[] {
  return steps.map((step) => {
    const measured = items.find((item) => item.model === model && item.connections === step);
    return measured ? figure(measured.sample) : null;
  });
}

/** Why a figure is missing from samples, each reason once. */
export function reasonsMissing(items: readonly Measured[], chart: ChartName): string[] {
  return [...new Set(items.flatMap(({ sample }) => sample.notMeasured?.[chart] ?? []))];
}
