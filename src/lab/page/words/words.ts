import type { Form } from "../../phases/timeline.ts";
import type { Bound } from "../../web/protocol.ts";

/** What the page says, in one language. The order of words is each language's own, so sentences are functions. */
export interface Words {
  /** The language's own name for itself. */
  readonly name: string;
  /** What stands between two sentences, between parts of one, and before what is told of something. */
  readonly space: string;
  readonly comma: string;
  readonly colon: string;
  readonly semicolon: string;
  /** Why something has no figures, was refused or has ended; what the system says stays in its words. */
  readonly reason: (text: string) => string;
  readonly title: string;
  readonly subtitle: string;
  readonly pages: Record<"models" | "compare" | "kettles", string>;
  readonly theme: Record<"label" | "auto" | "light" | "dark", string>;
  readonly language: string;
  readonly skip: string;
  readonly connection: { readonly lost: (port: string) => string };
  readonly run: Record<"measure" | "stop" | "replay" | "boil" | "running" | "waiting", string>;
  readonly sliders: Record<"delay" | "size" | "connections", string>;
  readonly bytes: (count: string) => string;
  readonly glance: Record<"title" | "intro" | "model" | "free" | "blocked" | "asking" | "helper", string>;
  readonly timelines: {
    readonly title: string;
    readonly intro: (delay: string, bytes: string) => string;
    readonly empty: string;
    readonly loop: string;
    readonly helper: string;
    readonly data: string;
    /** Below the axes. */
    readonly sinceAsked: string;
    readonly magnified: (factor: string) => string;
    readonly slowed: (factor: string) => string;
    readonly figure: (title: string, waiting: string, copying: string) => string;
    readonly callsOf: (title: string) => string;
    readonly noCalls: string;
    /** Before when a call was made, and before how long it took. */
    readonly at: string;
    readonly took: string;
    readonly repeated: (times: string) => string;
    readonly otherWork: (units: string) => string;
    readonly notMeasured: string;
  };
  readonly legend: Record<
    "thread" | "data" | "blocked" | "working" | "calling" | "waiting" | "ready" | "copying" | "moments",
    string
  >;
  /** Each moment's letter on its flag, and what it means. */
  readonly moments: Record<"sent" | "arrived" | "readyTold" | "copied" | "told", readonly [string, string]>;
  /** Each model's name and what it does in the book; by Pentio's loop, where that is something else. */
  readonly models: Record<
    string,
    { readonly title: string; readonly summary: string; readonly byLoop?: string }
  >;
  readonly forms: Record<Form, string>;
  /** What a call has returned; errors have their names. */
  readonly outcomes: Record<string, (result: string) => string>;
  /** What happens in the first phase; calls are named where the trace knows them, "" where not. */
  readonly waiting: {
    readonly name: string;
    readonly blocked: (call: string) => string;
    readonly asking: (times: string) => string;
    readonly onlyAsking: (times: string) => string;
    readonly free: string;
    readonly helped: (call: string) => string;
    readonly library: string;
    readonly kernel: string;
  };
  readonly copying: {
    readonly name: string;
    readonly loop: (call: string) => string;
    readonly helper: (call: string) => string;
    readonly library: string;
    readonly kernel: string;
    readonly woken: string;
    readonly lay: (time: string) => string;
    /** Why it is not known when the copy was made. */
    readonly unmeasured: Record<"library" | "kernel", string>;
  };
  readonly compare: {
    readonly title: string;
    readonly intro: string;
    readonly empty: string;
    readonly start: string;
    /** Each chart's title and unit. */
    readonly charts: Record<
      | "requestsPerSecond"
      | "latency"
      | "cpuUsPerRequest"
      | "systemCallsPerRequest"
      | "contextSwitches"
      | "threads",
      readonly [string, string]
    >;
    readonly connections: string;
    readonly withConnections: (count: string) => string;
    /** What keeps a server from having more connections. */
    readonly bounds: Record<Bound["of"], (limit: string) => string>;
    readonly percentile: string;
    readonly percentiles: Record<"p50" | "p90" | "p99" | "p999", string>;
    readonly show: string;
    readonly numbers: string;
    readonly notMeasured: string;
  };
  readonly kettles: {
    readonly title: string;
    readonly intro: string;
    readonly columns: Record<"blocking" | "free", string>;
    readonly rows: Record<"synchronous" | "asynchronous", string>;
    readonly names: readonly string[];
    readonly stories: readonly string[];
    readonly output: (name: string) => string;
  };
  readonly machine: (pentio: string, node: string, kernel: string, cpu: string, cpus: number) => string;
}
