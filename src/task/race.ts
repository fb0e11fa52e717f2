import type { ResultOf, Waitable } from "./coroutine.ts";
import { combine, Group, toOperations } from "./group.ts";
import type { Operation } from "./operation.ts";

/** A group of which one result is wanted. */
abstract class Contest extends Group<unknown> {
  private winner: { readonly value: unknown; readonly index: number } | null = null;
  protected readonly errors: unknown[] = [];

  protected override succeeded(value: unknown, index: number): void {
    if (this.winner) {
      this.drop(value, index);
      return;
    }
    this.winner = { value, index };
    this.endOthers();
  }

  protected override finish(): void {
    const { winner } = this;
    if (this.errors.length > 0 && !this.forgives(winner !== null)) {
      if (winner) this.drop(winner.value, winner.index);
      this.fail(this.failure());
    } else if (winner) this.succeed(winner.value);
    else if (this.isEnding) this.giveUp();
    else this.fail(this.failure());
  }

  protected override giveBack(value: unknown): void {
    this.drop(value, this.winner!.index);
  }

  /** Whether failures do not count. */
  protected abstract forgives(hasWinner: boolean): boolean;

  protected abstract failure(): unknown;
}

class RaceOperation extends Contest {
  protected override failed(error: unknown): void {
    this.errors.push(error);
    this.endOthers();
  }

  protected override forgives(): boolean {
    return false;
  }

  protected override failure(): unknown {
    return combine(this.errors, "race()");
  }
}

class AnyOperation extends Contest {
  protected override failed(error: unknown): void {
    this.errors.push(error);
  }

  protected override forgives(hasWinner: boolean): boolean {
    return hasWinner || this.isEnding;
  }

  protected override failure(): unknown {
    return new AggregateError(this.errors, `All ${this.size} failed`);
  }
}

/**
 * Waits for the first of several things to succeed or fail, and gives or throws what it came to. The others are cancelled,
 * down to the kernel, and have ended by then; what they have received all the same is given back. If one of them fails
 * while it ends, that is thrown, for nothing is swallowed.
 *
 * ```
 * const chunk = yield* race([socket.read(), stop.receive()]);
 * ```
 *
 * @throws ERR_INVALID_ARG_TYPE for what cannot be waited for, ERR_INVALID_ARG_VALUE for nothing at all
 */
export function race<const W extends readonly Waitable<unknown>[]>(
  waitables: W,
): Operation<ResultOf<W[number]>>;
export function race<T>(waitables: Iterable<Waitable<T>>): Operation<T>;
export function race(waitables: Iterable<Waitable<unknown>>): Operation<unknown> {
  const operations = toOperations(waitables, "race");
  if (operations.length === 0) {
    const error = new TypeError(
      "race() takes one or more things to wait for: among none, none would ever be first",
    );
    throw Object.assign(error, { code: "ERR_INVALID_ARG_VALUE" });
  }
  return new RaceOperation(operations);
}

/**
 * Waits for the first of several things to succeed; the others are cancelled. If all fail, an AggregateError tells how, in
 * the order in which they failed.
 *
 * @throws ERR_INVALID_ARG_TYPE for what cannot be waited for
 */
export function any<const W extends readonly Waitable<unknown>[]>(
  waitables: W,
): Operation<ResultOf<W[number]>>;
export function any<T>(waitables: Iterable<Waitable<T>>): Operation<T>;
export function any(waitables: Iterable<Waitable<unknown>>): Operation<unknown> {
  return new AnyOperation(toOperations(waitables, "any"));
}
