import { wantMicrotasks } from "../loop/index.ts";
import type { Operation, Waiter } from "./operation.ts";

/** What `then()` of an operation and of a task returns: a promise in all but name. */
export interface Chain<R> extends PromiseLike<R> {
  then<A = R, B = never>(
    onFulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B>;
  catch<B = never>(onRejected?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<R | B>;
  finally(onFinally?: (() => void) | null): Promise<R>;
}

/**
 * What `operation.then()` returns: the waiter behind an `await`, and a promise for those who chain on it. `await` never
 * chains, so the promise is made only when somebody does.
 */
export class Awaiting<T, R> implements Waiter, Chain<R> {
  private readonly operation: Operation<T>;
  private readonly onFulfilled: ((value: T) => R | PromiseLike<R>) | null;
  private readonly onRejected: ((error: unknown) => R | PromiseLike<R>) | null;
  private settled = false;
  private outcome: R | PromiseLike<R> | undefined;
  private promise: Promise<R> | undefined;
  private resolve: ((value: R | PromiseLike<R>) => void) | undefined;

  constructor(
    operation: Operation<T>,
    onFulfilled: ((value: T) => R | PromiseLike<R>) | null,
    onRejected: ((error: unknown) => R | PromiseLike<R>) | null,
  ) {
    this.operation = operation;
    this.onFulfilled = onFulfilled;
    this.onRejected = onRejected;
  }

  wake(): void {
    wantMicrotasks();
    let outcome: R | PromiseLike<R>;
    try {
      outcome = this.handle();
    } catch (error) {
      // Rejects the chain, or, if nobody chains, is an unhandled rejection as of any promise.
      outcome = Promise.reject(error);
    }
    this.settled = true;
    this.outcome = outcome;
    this.resolve?.(outcome);
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise for those who chain
  then<A = R, B = never>(
    onFulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.chain().then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<R | B> {
    return this.chain().catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<R> {
    return this.chain().finally(onFinally);
  }

  private handle(): R | PromiseLike<R> {
    const { operation, onFulfilled, onRejected } = this;
    let hasSucceeded = false;
    let error: unknown;
    try {
      hasSucceeded = operation.takeOutcome(this);
      error = operation.value;
    } catch (misuse) {
      error = misuse;
    }
    if (hasSucceeded)
      return onFulfilled === null ? (operation.value as unknown as R) : onFulfilled(operation.value);
    if (onRejected === null) throw error;
    return onRejected(error);
  }

  private chain(): Promise<R> {
    this.promise ??= new Promise((resolve) => {
      if (this.settled) resolve(this.outcome as R | PromiseLike<R>);
      else this.resolve = resolve;
    });
    return this.promise;
  }
}
