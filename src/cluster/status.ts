import type { SocketAddress } from "../sys/index.ts";
import type { Counters } from "./messages.ts";

/** A place in a cluster and its process. Its counters go on when it gets another process. */
export interface ProcessStatus extends Counters {
  readonly slot: number;
  /** `waiting`: the last one has ended, and the next is started in a moment. */
  readonly state: "starting" | "serving" | "waiting";
  /** Null while there is none. */
  readonly pid: number | null;
  /** Predecessors that finish their connections. */
  readonly finishing: readonly number[];
  /** Since its start; null while there is none. */
  readonly uptimeMs: number | null;
  /** Since its last heartbeat, or its start; null while there is none. */
  readonly heartbeatAgeMs: number | null;
  /** Processes that were started after one had ended without being asked to. */
  readonly restarts: number;
  /** How the last of these ended. */
  readonly lastEnding: string | null;
}

/** A cluster at a moment. */
export interface ClusterStatus {
  readonly name: string;
  /** Of the supervisor. */
  readonly pid: number;
  /** Where it listens: `127.0.0.1:8000`, or a path. */
  readonly address: string;
  /** Milliseconds since the supervisor began. */
  readonly uptimeMs: number;
  /** Whether each process has a listening socket of its own, or all share one. */
  readonly listeners: "own" | "shared";
  readonly processes: readonly ProcessStatus[];
}

/** Nothing counted yet. */
export const NO_COUNTERS: Counters = {
  accepted: 0,
  open: 0,
  failed: 0,
  bytesRead: 0,
  bytesWritten: 0,
  cpuMs: 0,
  rssBytes: 0,
};

export function addCounters(a: Counters, b: Counters): Counters {
  return {
    accepted: a.accepted + b.accepted,
    open: a.open + b.open,
    failed: a.failed + b.failed,
    bytesRead: a.bytesRead + b.bytesRead,
    bytesWritten: a.bytesWritten + b.bytesWritten,
    cpuMs: a.cpuMs + b.cpuMs,
    rssBytes: a.rssBytes + b.rssBytes,
  };
}

/** An address for people. */
export function addressText(address: SocketAddress): string {
  if (address.family === "Unix") return address.path;
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `${host}:${address.port}`;
}
