import {
  type Coroutine,
  generatorMethods,
  generatorPrototype,
  SUSPENDED,
  type Suspension,
} from "./operation.ts";

type Resumption = "next" | "return" | "throw";

/**
 * The end of a coroutine that is cut at a wait: `finally` blocks run, and may wait, in it and in the coroutines inside it.
 *
 * `return()` of a generator passes through `yield*` to the one inside, but is forgotten by those around it if that does not
 * end at once: when it is resumed by `next()` and ends, they would go on as if nothing had happened (ECMA-262, yield*). So
 * those that wait are remembered and resumed one by one, from the inside, and each is returned when the one inside it has
 * ended.
 */
export class Unwinding {
  /** Coroutines, each inside the one before; the last is the one whose `finally` block waits. */
  private readonly waiting: Coroutine<unknown>[];

  constructor(body: Coroutine<unknown>) {
    this.waiting = [body];
  }

  /** Cuts it where it waits now. */
  return(): IteratorResult<Suspension, unknown> {
    return this.resume("return", undefined);
  }

  next(): IteratorResult<Suspension, unknown> {
    return this.resume("next", undefined);
  }

  throw(error: unknown): IteratorResult<Suspension, unknown> {
    return this.resume("throw", error);
  }

  private resume(how: Resumption, error: unknown): IteratorResult<Suspension, unknown> {
    const { waiting } = this;
    for (;;) {
      const innermost = waiting.at(-1)!;
      let result: IteratorResult<Suspension, unknown>;
      try {
        if (how === "return") result = this.cut(innermost);
        else result = generatorMethods[how].call(innermost, error);
        if (!result.done || waiting.length === 1) return result;
        how = "return";
      } catch (thrown) {
        if (waiting.length === 1) throw thrown;
        how = "throw";
        error = thrown;
      }
      waiting.pop();
    }
  }

  /** Returns a coroutine, and takes note of those inside it that wait then. */
  private cut(coroutine: Coroutine<unknown>): IteratorResult<Suspension, unknown> {
    const inside: Coroutine<unknown>[] = [];
    // What `yield*` calls on the generator inside, which nobody else knows.
    generatorPrototype.return = function (value) {
      const result = generatorMethods.return.call(this, value);
      if (result === SUSPENDED) inside.push(this);
      return result;
    };
    try {
      return generatorMethods.return.call(coroutine, undefined);
    } finally {
      generatorPrototype.return = generatorMethods.return;
      this.waiting.push(...inside.reverse());
    }
  }
}
