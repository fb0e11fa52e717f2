/**
 * What the lab's server and its page tell each other: types alone, for the page runs in a browser.
 *
 * | request | body | answer |
 * | --- | --- | --- |
 * | `GET /api/machine` | | {@link Machine} |
 * | `GET /api/events` | | server-sent events, each a {@link LabEvent} as JSON in `data:` |
 * | `POST /api/phases` | {@link PhasesRequest} | {@link Started} |
 * | `POST /api/compare` | {@link CompareRequest} | {@link Started} |
 * | `POST /api/kettles` | `{}` | {@link Started} |
 * | `POST /api/stop` | `{}` | `{}`: whatever runs or waits is stopped |
 *
 * A request that is wrong is answered by a status of 400 and above and a {@link Refusal}.
 *
 * A run of one kind takes the place of the one before of that kind; runs of different kinds wait for each other, for they
 * would disturb each other's figures. Who connects to `/api/events` gets the events of the last run of each kind first,
 * from its beginning, so that a page that is loaded again shows what is known; an event named `known` ends them.
 */
import type { Timeline } from "../phases/timeline.ts";

/** What can be run. */
export type RunKind = "phases" | "compare" | "kettles";

/** One read on every model. */
export interface PhasesRequest {
  /** How long the data stay away. 1 to 500. Default 20. */
  readonly delayMs?: number;
  /** How much is sent. 1 to 60,000. Default 1,024. */
  readonly sizeBytes?: number;
}

/** Echo servers on every model and on node:net, under a growing number of connections. */
export interface CompareRequest {
  /** The steps, each higher than the one before, 1 to 10,000; at most 8 of them. Default 1, 10, 100, 1,000, 10,000. */
  readonly connections?: readonly number[];
  /** Bytes of a request, and so of its reply. 1 to 65,536. Default 64. */
  readonly sizeBytes?: number;
}

/** The answer to a request that started something. */
export interface Started {
  /** The number of the run, which its events bear: 1 for the first of this server. */
  readonly run: number;
}

/** The answer to a request that is wrong. */
export interface Refusal {
  /** What is wrong and what would be right, in a sentence. */
  readonly error: string;
}

/** Where everything is measured. */
export interface Machine {
  /** Pentio's version. */
  readonly pentio: string;
  /** Node's version. */
  readonly node: string;
  /** Name and release, as uname(1) tells them. */
  readonly kernel: string;
  /** Node's name of the processor architecture, such as x64. */
  readonly architecture: string;
  /** `cpus` are those that the lab may use. */
  readonly machine: { readonly cpu: string; readonly cpus: number; readonly memoryBytes: number };
  /** Every model in the order of the book, as `pentio doctor` finds it. */
  readonly models: readonly MachineModel[];
  /** What programs get here without asking, and why. */
  readonly auto: { readonly model: string | null; readonly reason: string };
}

/** A model on this machine. */
export interface MachineModel {
  readonly model: string;
  readonly works: boolean;
  /** Why it does not work; "works here" if it does. */
  readonly reason: string;
  /** What helps; null if there is nothing to do. */
  readonly remedy: string | null;
  /** What bounds the connections that it can have, in words; null if nothing is known to. */
  readonly bound: string | null;
}

/** What an echo server came to with so many connections. */
export interface Sample {
  readonly requestsPerSecond: number;
  /** Percentiles of the time from a request to its whole reply. */
  readonly latencyUs: {
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly p999: number;
  };
  /** Processor time of the server's process, all its threads included. */
  readonly cpuUsPerRequest: number;
  /** Null if they could not be counted: {@link notMeasured} tells why. */
  readonly systemCallsPerRequest: number | null;
  /** Of all threads of the server's process. */
  readonly contextSwitchesPerRequest: { readonly voluntary: number; readonly involuntary: number };
  /** Threads of the server's process, those of Node among them. */
  readonly threads: number;
  /** The most resident memory of the server's process so far. */
  readonly peakRssMiB: number;
  /** Why a figure is null, by its name. */
  readonly notMeasured?: Readonly<Record<string, string>>;
}

/** What bounds the connections of a server. */
export interface Bound {
  /**
   * Threads, one for each call that waits; numbers of descriptors (FD_SETSIZE); reads in progress, each a thread of the C
   * library; or the descriptors that a process may have.
   */
  readonly of: "threads" | "descriptorNumbers" | "reads" | "descriptors";
  readonly limit: number;
}

/** Something happened in a run. */
export type LabEvent =
  /** The time line of one model. */
  | { readonly type: "phases"; readonly run: number; readonly timeline: Timeline }
  /** The figures of one server at one step. */
  | {
      readonly type: "sample";
      readonly run: number;
      /** A model, or `node:net`. */
      readonly model: string;
      readonly connections: number;
      readonly sample: Sample;
    }
  /** A server that is not measured at a step, and what bounds it. */
  | {
      readonly type: "bounded";
      readonly run: number;
      readonly model: string;
      readonly connections: number;
      readonly bound: Bound;
    }
  /** A model that does not work here, and why, as `pentio doctor` finds it. */
  | {
      readonly type: "skipped";
      readonly run: number;
      readonly kind: RunKind;
      readonly model: string;
      readonly reason: string;
    }
  /** The run begins when those before it have ended. */
  | { readonly type: "waiting"; readonly run: number; readonly kind: RunKind }
  /** What is done at the moment: `done` of `total` parts are complete. */
  | {
      readonly type: "progress";
      readonly run: number;
      /** A model, or `node:net`; null: all at once. */
      readonly model: string | null;
      readonly connections: number | null;
      readonly done: number;
      readonly total: number;
    }
  /** A line that one of the four programs printed. */
  | {
      readonly type: "kettle";
      readonly run: number;
      /**
       * 0: synchronous, blocking; 1: synchronous, not blocking; 2: asynchronous, blocking; 3: asynchronous, not blocking.
       */
      readonly kettle: 0 | 1 | 2 | 3;
      readonly line: string;
      /** Since the kettle's first line. */
      readonly atMs: number;
    }
  /** The run is complete. */
  | { readonly type: "done"; readonly run: number; readonly kind: RunKind }
  /** One model failed, and the run goes on; or, without `model`, the run has ended: it failed or was stopped. */
  | {
      readonly type: "failed";
      readonly run: number;
      readonly kind: RunKind;
      readonly message: string;
      readonly model?: string;
    };
