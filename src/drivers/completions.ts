import { discardResult, type Request } from "./request.ts";

/** Items of one completion: its request, the result, data, and whether more will come. */
const ITEMS = 4;

/** Completions on their way up, in an array that is used again and again: one, for V8 checks each access to each array. */
export class Completions {
  private readonly items: unknown[] = [];
  /** Items that are in use. */
  private end = 0;

  get length(): number {
    return this.end / ITEMS;
  }

  push(request: Request, result: number, data: Buffer | null, more: boolean): void {
    const { items, end } = this;
    if (end === items.length) items.push(null, null, null, null);
    items[end] = request;
    items[end + 1] = result;
    items[end + 2] = data;
    items[end + 3] = more;
    this.end = end + ITEMS;
  }

  /** Tells nobody; the requests are free, and descriptors that nobody will hear of are closed. */
  discard(): void {
    const { items, end } = this;
    for (let at = 0; at < end; at += ITEMS) {
      const request = items[at] as Request;
      discardResult(request, items[at + 1] as number);
      request.slot = -1;
      this.forget(at);
    }
    this.end = 0;
  }

  /** Tells everybody, in order, and is empty afterwards. What a continuation throws is thrown when all have been told. */
  deliver(): void {
    const { items, end } = this;
    this.end = 0;
    let failure: { error: unknown } | null = null;
    for (let at = 0; at < end; at += ITEMS) {
      const request = items[at] as Request;
      const result = items[at + 1] as number;
      const data = items[at + 2] as Buffer | null;
      const more = items[at + 3] === true;
      this.forget(at);
      if (!more) {
        // Only now: who is told earlier in this batch must not take the request for free.
        request.slot = -1;
        request.data = null;
      }
      try {
        request.continuation.complete(request, result, data, more);
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure) throw failure.error;
  }

  private forget(at: number): void {
    this.items[at] = null;
    this.items[at + 2] = null;
  }
}
