import { SOCK_CLOEXEC, syscalls } from "../../sys/index.ts";
import { Books } from "../books.ts";
import { CallThreads, type CallThreadsOptions } from "../call-threads.ts";
import type { Completions } from "../completions.ts";
import { type Driver, type DriverStatistics, PENDING } from "../driver.ts";
import { CLOSE, type Request } from "../request.ts";

/**
 * The blocking model: system calls that block, each on a thread of its own, which waits for the data and copies it. What
 * is told to this thread is only that a call has returned. Files are no exception.
 */
export class BlockingDriver implements Driver {
  readonly model = "blocking";
  readonly descriptor: number;
  readonly wakesOnEdges = true;
  readonly socketFlags = SOCK_CLOEXEC;
  readonly descriptorLimit = Number.POSITIVE_INFINITY;
  private readonly books = new Books();
  private readonly threads: CallThreads;

  constructor(options: CallThreadsOptions = {}) {
    this.threads = new CallThreads(options, this.socketFlags, this.books);
    this.descriptor = this.threads.eventfd;
  }

  get isIdle(): boolean {
    return this.books.inFlight === 0;
  }

  submit(request: Request): number {
    this.books.enter(request);
    if (request.kind === CLOSE && !request.isFile)
      return this.books.answer(request, syscalls.close(request.fd));
    this.threads.start(request);
    return PENDING;
  }

  cancel(request: Request): void {
    if (!request.inFlight || request.cancelled) return;
    request.cancelled = true;
    this.threads.cancel(request);
  }

  flush(): void {
    // The threads have it already.
  }

  reap(): Completions {
    this.threads.collect();
    return this.books.reap();
  }

  rest(): boolean {
    return this.books.waiting === 0 && this.threads.rest();
  }

  wake(reset: boolean): void {
    this.threads.wake(reset);
  }

  statistics(): DriverStatistics {
    return this.books.statistics(this.threads.systemCalls);
  }

  close(): void {
    this.threads.close();
    this.books.close();
  }
}
