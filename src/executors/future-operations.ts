import { Operation } from "../task/index.ts";
import type { Future } from "./future.ts";

/** Who is told when a future is done. */
export interface FutureWatcher {
  futureDone(future: Future<unknown>): void;
}

/** Waits for a future; to end the wait leaves the future as it is. */
abstract class FutureOperation<T> extends Operation<T> implements FutureWatcher {
  protected readonly future: Future<unknown>;

  constructor(future: Future<unknown>) {
    super();
    this.future = future;
  }

  futureDone(): void {
    let outcome: T;
    try {
      outcome = this.take();
    } catch (error) {
      this.fail(error);
      return;
    }
    this.succeed(outcome);
  }

  protected abstract take(): T;

  protected override begin(): void {
    this.future.watch(this);
  }

  protected override end(): void {
    this.future.unwatch(this);
    this.giveUp();
  }
}

export class ResultOperation<T> extends FutureOperation<T> {
  override get description(): string {
    return `the result of ${this.future.description}`;
  }

  protected override take(): T {
    return this.future.take() as T;
  }
}

export class ExceptionOperation extends FutureOperation<unknown> {
  override get description(): string {
    return `the exception of ${this.future.description}`;
  }

  protected override take(): unknown {
    return this.future.takeException();
  }
}
