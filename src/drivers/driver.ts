import type { Completions } from "./completions.ts";
import type { Request } from "./request.ts";

/** The I/O models, by the names of the calls that make them where a model has several. */
export type Model = "blocking" | "nonblocking" | "select" | "poll" | "epoll" | "signal" | "aio" | "io_uring";

/** What `submit` answers when the completion is still to come; no result is that large. */
export const PENDING = 0x7fffffff;

/** Counters of a driver's life. */
export interface DriverStatistics {
  /** Requests that the driver has, multishot ones included. */
  inFlight: number;
  /** Requests submitted so far. */
  submitted: number;
  /** Completions handed out so far, those that were known at once among them. */
  completed: number;
  /** System calls made so far, those of libuv not counted. */
  systemCalls: number;
}

/**
 * The contract of the I/O models: a proactor. Requests are submitted, and their completions are asked for. A driver
 * knows neither loop nor task; it belongs to one thread.
 *
 * One turn of the loop: {@link submit} any number of requests, {@link flush}, {@link reap}. Before the loop waits, it
 * calls {@link rest}; after it was woken, {@link wake}. What it waits for is {@link descriptor}; a driver that has none
 * is told to {@link wait}.
 */
export interface Driver {
  readonly model: Model;
  /** Becomes readable when there is something to reap; -1 if the driver has a method {@link wait} instead. */
  readonly descriptor: number;
  /** Whether each event after {@link rest} is a new edge on the descriptor, so that it need not be reset in between. */
  readonly wakesOnEdges: boolean;
  /** SOCK_ flags that the driver wants its sockets made with. */
  readonly socketFlags: number;
  /** Sockets from this number on are refused (EMFILE), files are not; infinite but for select. */
  readonly descriptorLimit: number;
  /** Whether it has no request, so that nothing can come of waiting. */
  readonly isIdle: boolean;

  /**
   * Takes a request. It may reach the kernel only at the next {@link flush}.
   *
   * @returns {@link PENDING}, or the result, where it is known at once: then there is no completion to reap. Only what
   *   completes once can be known at once: never ACCEPT or RECEIVE.
   */
  submit(request: Request): number;
  /**
   * Asks for the end of a request. The answer is its last completion: -ECANCELED, or what happened before the
   * cancellation could. Without effect on a request that the driver does not have.
   */
  cancel(request: Request): void;
  /** Hands everything submitted to the kernel. */
  flush(): void;
  /** What has completed. The answer is the caller's until the next call; its work may submit at will. */
  reap(): Completions;
  /** Prepares for waiting; false if there is something to do first, so that the loop must not wait. */
  rest(): boolean;
  /** Ends the waiting that {@link rest} prepared. `reset` asks for {@link descriptor} to be made unreadable again. */
  wake(reset: boolean): void;
  /**
   * On drivers without a descriptor: waits, with the thread blocked.
   *
   * @param also a descriptor below {@link descriptorLimit} that ends the wait as soon as it is readable: Node's own
   * @param timeoutMs whole milliseconds; 0 only looks, -1 waits without end
   * @returns whether there may be something to reap
   */
  wait?(also: number, timeoutMs: number): boolean;
  statistics(): DriverStatistics;
  /** Ends everything; requests in flight are cancelled in the kernel, their completions are not delivered. */
  close(): void;
}
