import type { MessagePort } from "node:worker_threads";
import type { DistributedSettings } from "./distributed-options.ts";
import type { Ending } from "./job-data.ts";

/** What the thread that listens in the place of a blocked one is started with. */
export interface BlockingData {
  readonly settings: DistributedSettings;
  /** Tickets come and news go by it. */
  readonly port: MessagePort;
  /** One number, counted up with all news. */
  readonly signal: Int32Array;
}

/** How a job has ended; `null` stands for all jobs, now and later. */
export type News = readonly [id: string | null, ending: Ending];
