import type { SocketAddress } from "../sys/index.ts";
import type { Coroutine } from "../task/index.ts";
import type { ClusterStatus } from "./status.ts";

/** A way to serve: what stands behind a `Cluster`. */
export interface Form {
  readonly address: SocketAddress;
  readonly status: ClusterStatus;
  /** Serves until it is cancelled, and then ends in good order. */
  run(): Coroutine<void>;
  reload(): Coroutine<void>;
}
