import { Future } from "./future.ts";

/**
 * The results of several futures as one array, in order; the first exception in its place. Blocking for it is blocking for
 * those.
 */
export class GatheredFuture<T> extends Future<T[]> {
  private readonly futures: readonly Future<readonly T[]>[];
  private left: number;

  constructor(futures: readonly Future<readonly T[]>[]) {
    super();
    this.futures = futures;
    this.left = futures.length;
    this.setRunningOrNotifyCancel();
    if (this.left === 0) this.setResult([]);
    for (const future of futures) future.watch(this);
  }

  override get description(): string {
    return "a map";
  }

  futureDone(future: Future<unknown>): void {
    this.left--;
    if (this.done) return;
    if (future.failed) this.setException(future.takeException());
    else if (future.cancelled) this.cancel({ running: true });
    else if (this.left === 0) this.setResult(this.futures.flatMap((each) => each.take() as T[]));
  }

  protected override interrupt(): boolean {
    return true;
  }

  protected override block(timeoutMs: number): void {
    const deadline = performance.now() + timeoutMs;
    for (const future of this.futures) {
      if (this.done) return;
      future.blockUpTo(Math.max(0, deadline - performance.now()));
    }
  }
}
