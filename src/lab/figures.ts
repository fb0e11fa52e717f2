import { median } from "../reporting/index.ts";
import type { Round } from "./echo-contest.ts";
import type { Figures } from "./report.ts";
import { contextSwitchesBetween } from "./server-accounting.ts";

/** The figures of a round: totals divided by requests and time. */
export function figuresOf({ load, before, after }: Round): Figures {
  const { requests, seconds, latencyUs } = load;
  const { voluntary, involuntary } = contextSwitchesBetween(before, after);
  return {
    requestsPerSecond: requests / seconds,
    latencyUs,
    cpuUsPerRequest: (after.cpuNs - before.cpuNs) / 1000 / requests,
    contextSwitchesPerRequest: { voluntary: voluntary / requests, involuntary: involuntary / requests },
  };
}

/** The median of each figure: a round that met something else on the machine moves it little. */
export function medianFigures(rounds: readonly Figures[]): Figures {
  const middle = (of: (figures: Figures) => number) => median(rounds.map(of));
  return {
    requestsPerSecond: middle((figures) => figures.requestsPerSecond),
    latencyUs: {
      p50: middle(({ latencyUs }) => latencyUs.p50),
      p90: middle(({ latencyUs }) => latencyUs.p90),
      p99: middle(({ latencyUs }) => latencyUs.p99),
      p999: middle(({ latencyUs }) => latencyUs.p999),
    },
    cpuUsPerRequest: middle((figures) => figures.cpuUsPerRequest),
    contextSwitchesPerRequest: {
      voluntary: middle((figures) => figures.contextSwitchesPerRequest.voluntary),
      involuntary: middle((figures) => figures.contextSwitchesPerRequest.involuntary),
    },
  };
}
