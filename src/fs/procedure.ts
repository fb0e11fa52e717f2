import { type Coroutine, CoroutineOperation } from "../task/index.ts";

/** An operation that is made of others, with a name for who looks at what a task waits for. */
export class Procedure<T> extends CoroutineOperation<T> {
  private readonly name: string;
  private readonly body: () => Coroutine<T>;

  constructor(name: string, body: () => Coroutine<T>) {
    super();
    this.name = name;
    this.body = body;
  }

  override get description(): string {
    return this.name;
  }

  protected override work(): Coroutine<T> {
    return this.body();
  }
}
