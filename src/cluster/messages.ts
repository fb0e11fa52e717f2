/**
 * What a supervisor and its processes tell each other through Node's IPC channel, and who accepts and the threads or processes of
 * connections.
 */

/** What a process has counted since its start. */
export interface Counters {
  readonly accepted: number;
  /** Connections whose handler has not ended. */
  readonly open: number;
  /** Connections whose handler has failed. */
  readonly failed: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Processor time, user and system. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** To a process. */
export type Order =
  /** Stop accepting, and end when the connections have ended. */
  | { readonly type: "stop" }
  /** Accept also what comes to the sockets of these slots, which have no process at the moment. */
  | { readonly type: "cover"; readonly slots: readonly number[] };

/** From a process, or a thread. */
export type Report =
  /** It accepts connections; one for a connection has a descriptor of its own now. */
  | { readonly type: "ready" }
  /** Its loop turns. */
  | { readonly type: "heartbeat"; readonly counters: Counters }
  /** Nothing is left to do; it ends when the channel is closed. */
  | { readonly type: "finished"; readonly counters: Counters };
