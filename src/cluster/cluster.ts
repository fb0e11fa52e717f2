import type { SocketAddress } from "../sys/index.ts";
import { type Operation, scope, type Task } from "../task/index.ts";
import type { Form } from "./form.ts";
import type { ClusterStatus } from "./status.ts";

/** What serves a port, in the process that has called `serve`. */
export class Cluster {
  private readonly form: Form;
  private readonly task: Task<void>;

  /** @internal Clusters come from `serve()`. */
  constructor(form: Form, task: Task<void>) {
    this.form = form;
    this.task = task;
  }

  /** Where it listens. */
  get address(): SocketAddress {
    return this.form.address;
  }

  /** The TCP port; 0 on a Unix socket. */
  get port(): number {
    return this.address.family === "Unix" ? 0 : this.address.port;
  }

  /** What its processes do and have counted, by their last heartbeats. */
  get status(): ClusterStatus {
    return this.form.status;
  }

  /**
   * Starts the program anew in each process, one after the other, as SIGHUP does. A new process accepts connections before
   * the old one stops to, from the same socket, so that none is refused or lost; connections that the old one has, it finishes.
   *
   * @throws ERR_WORKER_INIT_FAILED if a new process ends before it serves; the old ones that are left go on.
   *   ERR_INVALID_STATE if the cluster stops before all are new, or has stopped
   */
  reload(): Operation<void> {
    return scope(() => this.form.reload(), { name: "reload" });
  }

  /**
   * Ends it in good order, as SIGTERM does: no more connections are accepted, idle ones are half-closed, and what has not
   * ended after `graceMs` is cancelled. Done when the last process has ended.
   */
  stop(): Operation<void> {
    return this.task.cancel();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.stop());
  }
}
