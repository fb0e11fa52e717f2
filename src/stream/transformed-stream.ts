import type { Coroutine, Task } from "../task/index.ts";
import { DerivedStream } from "./derived-stream.ts";
import { Intake } from "./intake.ts";
import type { Source, Stream } from "./stream.ts";

/** A step of a {@link pipe}: makes a stream of another. */
export type Stage<A, B> = (source: Source<A>) => Stream<B>;

/** A stream made of one other, that takes its items when it is asked for its own. */
export abstract class TransformedStream<A, B> extends DerivedStream<B> {
  protected readonly intake: Intake<A>;

  constructor(source: Source<A>) {
    super();
    this.intake = new Intake(source);
  }

  override adopt(owner: Task<unknown>): void {
    this.intake.adopt(owner);
  }

  protected override leave(): Coroutine<void> {
    return this.intake.leave();
  }
}
