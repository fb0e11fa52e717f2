import type { ModelChoice } from "../index.ts";
import type { MachineDescription } from "../reporting/index.ts";
import type { Timeline } from "./phases/timeline.ts";
import type { ContextSwitches } from "./server-accounting.ts";

/** An echo server that the lab compares, as a program of its own. */
export interface Contender {
  /** A model's name, `node:net`, or that of a classic server. */
  readonly name: string;
  /** The program, which tells the lab its port by a {@link Message}. */
  readonly program: URL;
  /** Its command-line arguments. */
  readonly args: readonly string[];
}

/** What every server is measured with. */
export interface Workload {
  /** Connections, each with one request in flight. */
  readonly connections: number;
  /** Bytes of a request, and so of its reply. */
  readonly size: number;
  /** How long each server is measured, in all rounds together. */
  readonly seconds: number;
}

/** Percentiles of the time from a request to its whole reply, in microseconds. */
export interface LatencyUs {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
}

/** What the load generator saw in one phase. */
export interface LoadResult {
  requests: number;
  /** From the phase's start to its last reply. */
  seconds: number;
  /** Bytes that came back and were compared. */
  bytes: number;
  /** Replies that were not, byte for byte, what was sent. */
  mismatches: number;
  /** The first of them, in words. */
  firstMismatch: string | null;
  latencyUs: LatencyUs;
}

/** System calls of a server per request, or why they could not be counted. */
export type SystemCalls =
  | { readonly perRequest: number; readonly countedBy: "perf" | "strace" }
  | { readonly perRequest: null; readonly reason: string };

/** What a server came to in a round. */
export interface Figures {
  readonly requestsPerSecond: number;
  readonly latencyUs: LatencyUs;
  /** By the operating system's account of the server's processes: all their threads, also those that ended meanwhile. */
  readonly cpuUsPerRequest: number;
  /** Of all threads that were there to the end. */
  readonly contextSwitchesPerRequest: ContextSwitches;
}

/** A server's result: each figure is the median of the rounds. What was checked includes all that was not measured. */
export interface ModelResult extends Figures {
  model: string;
  rounds: readonly Figures[];
  /** In all rounds. */
  requests: number;
  seconds: number;
  /** Divided by the figure of node:net; null if that was not measured. */
  cpuRatioToNodeNet: number | null;
  systemCalls: SystemCalls;
  /** Threads of the server's processes, those of Node among them: the most that it was seen with. */
  threads: number;
  /** The most memory that the server's processes had (VmHWM); of several the sum. */
  peakRssBytes: number;
  /** What the server was warned of meanwhile, such as a bound of its model that it met. */
  warnings: readonly string[];
  checked: { requests: number; bytes: number; mismatches: number; firstMismatch: string | null };
}

/** Which CPU each process is pinned to. */
export interface Placement {
  readonly serverCpu: number;
  readonly loadCpu: number;
}

/** Everything that a run of the lab found; what `--json` prints. */
export interface LabReport extends MachineDescription {
  pentio: string;
  /** When the lab began, ISO 8601. */
  measuredAt: string;
  options: Workload & { models: string[] };
  /** The model of the load generator, the same for all servers. */
  loadModel: string;
  /** Null: the processes run where the scheduler puts them. */
  pinned: Placement | null;
  /** The model that programs get here without asking, and why. */
  auto: { model: ModelChoice; reason: string };
  results: ModelResult[];
  /** One read on each model; only where a report is written. */
  timelines?: readonly Timeline[];
  /** Models that do not work on this machine. */
  skipped: { model: string; reason: string }[];
  /** Models that should have worked and did not. */
  failed: { model: string; reason: string }[];
}

/** Whether something was measured and every byte came back on every model. */
export function everyByteCameBack(report: LabReport): boolean {
  return (
    report.results.length > 0 &&
    report.failed.length === 0 &&
    report.results.every(({ checked }) => checked.mismatches === 0)
  );
}
