import { ECANCELED, ESPIPE } from "../../sys/index.ts";
import type { Books } from "../books.ts";
import { PENDING } from "../driver.ts";
import { PositionlessDescriptors } from "../positionless-descriptors.ts";
import { READ, type Request } from "../request.ts";
import { AioCall } from "./aio-call.ts";

/** Transfers in progress at most: each takes memory of its own, and a thread of the C library for its descriptor. */
const TRANSFERS_MAX = 64;

/**
 * Reading and writing files by aio_read(3) and aio_write(3), what POSIX aio was made for. The data goes through memory of
 * the call, of which the C library's threads may write into at any time, so one call transfers no more than a slab.
 */
export class AioTransfers {
  private readonly books: Books;
  private readonly freeCalls: AioCall[];
  private readonly running = new Map<Request, AioCall>();
  /** Those beyond the bound; they begin when others have ended. */
  private readonly queue = new Set<Request>();
  private readonly positionless = new PositionlessDescriptors();
  private made = 0;

  /** @param freeCalls where calls that nobody needs are kept */
  constructor(freeCalls: AioCall[], books: Books) {
    this.freeCalls = freeCalls;
    this.books = books;
  }

  /** System calls and calls of the C library so far. */
  get calls(): number {
    return this.made + this.positionless.calls;
  }

  start(request: Request): void {
    // On ESPIPE the C library would read or write what comes next.
    if (this.positionless.has(request.fd)) this.end(request, -ESPIPE);
    else if (this.running.size >= TRANSFERS_MAX) this.queue.add(request);
    else this.begin(request);
  }

  cancel(request: Request): void {
    if (this.queue.delete(request)) this.end(request, -ECANCELED);
    else {
      this.made++;
      this.running.get(request)?.cancel();
    }
  }

  /** Notes all calls that have returned. */
  collect(): void {
    for (const [request, call] of this.running) {
      const result = call.outcome();
      if (result !== PENDING) this.returned(request, call, result);
    }
    for (const request of this.queue) {
      if (this.running.size >= TRANSFERS_MAX) return;
      this.queue.delete(request);
      this.begin(request);
    }
  }

  /** The descriptor is closed. */
  forget(fd: number): void {
    this.positionless.forget(fd);
  }

  private begin(request: Request): void {
    const { data, fd, kind, position } = request;
    const call = this.freeCalls.pop() ?? new AioCall();
    this.made++;
    const result = kind === READ ? call.read(fd, data!.length, position) : call.write(fd, data!, position);
    if (result === 0) this.running.set(request, call);
    else {
      this.freeCalls.push(call);
      this.end(request, result);
    }
  }

  private returned(request: Request, call: AioCall, result: number): void {
    const data = request.data!;
    // Memory that the program has resized or given away meanwhile has no room; who submitted looks at that.
    if (request.kind === READ && result > 0 && result <= data.length) data.set(call.received(result));
    this.running.delete(request);
    this.freeCalls.push(call);
    this.end(request, result);
  }

  private end(request: Request, result: number): void {
    this.books.note(request, result, null, false);
  }
}
