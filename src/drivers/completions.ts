import { syscalls } from "../sys/index.ts";
import { ACCEPT, type Request } from "./request.ts";

/** Completions on their way up, as parallel columns that are used again and again. */
export class Completions {
  length = 0;
  readonly requests: (Request | null)[] = [];
  readonly results: number[] = [];
  readonly data: (Buffer | null)[] = [];
  readonly more: boolean[] = [];

  push(request: Request, result: number, data: Buffer | null, more: boolean): void {
    const at = this.length++;
    this.requests[at] = request;
    this.results[at] = result;
    this.data[at] = data;
    this.more[at] = more;
  }

  /** Tells nobody; the requests are free, and connections that nobody will hear of are closed. */
  discard(): void {
    for (let i = 0; i < this.length; i++) {
      const request = this.requests[i]!;
      if (request.kind === ACCEPT && this.results[i]! >= 0) syscalls.close(this.results[i]!);
      request.slot = -1;
      this.requests[i] = null;
      this.data[i] = null;
    }
    this.length = 0;
  }

  /** Tells everybody, in order, and is empty afterwards. What a continuation throws is thrown when all have been told. */
  deliver(): void {
    const { requests, results, data, more, length } = this;
    this.length = 0;
    let failure: { error: unknown } | null = null;
    for (let i = 0; i < length; i++) {
      const request = requests[i]!;
      const chunk = data[i]!;
      requests[i] = null;
      data[i] = null;
      if (!more[i]) {
        // Only now: who is told earlier in this batch must not take the request for free.
        request.slot = -1;
        request.data = null;
      }
      try {
        request.continuation.complete(request, results[i]!, chunk, more[i]!);
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure) throw failure.error;
  }
}
