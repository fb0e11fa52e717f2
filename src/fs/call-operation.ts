import { CALL, type Loop, Request, type SystemCall } from "../loop/index.ts";
import { ECANCELED } from "../sys/index.ts";
import { currentLoop, Operation } from "../task/index.ts";
import { fileError, type Subject } from "./errors.ts";

/** What becomes of a call's value, and what takes it back if nobody is there to have it. */
export interface Outcome<T> {
  convert(value: number, loop: Loop): T;
  giveBack?(result: T): void;
  /** -errno that is no failure: the result is null then. */
  readonly nullFor?: number;
}

/** For calls whose value says nothing but that they have succeeded. */
export const nothing: Outcome<void> = { convert() {} };

/** Waits for one system call. */
export class CallOperation<T> extends Operation<T> {
  protected loop: Loop | null;
  private readonly call: SystemCall;
  private readonly syscall: string;
  private readonly subject: Subject;
  private readonly outcome: Outcome<T>;
  private request: Request | null;

  /** @param syscall the call's name, for its error and for who looks at what a task waits for */
  constructor(call: SystemCall, syscall: string, subject: Subject, outcome: Outcome<T>) {
    super();
    this.call = call;
    this.syscall = syscall;
    this.subject = subject;
    this.outcome = outcome;
    this.loop = null;
    this.request = null;
  }

  override get description(): string {
    return this.syscall;
  }

  /** Of {@link Continuation}. */
  complete(_request: Request, result: number): void {
    this.request = null;
    this.ended();
    if (result >= 0) this.deliver(result);
    else if (result === -ECANCELED) this.giveUp();
    else if (result === this.outcome.nullFor) this.succeed(null as T);
    else this.fail(fileError(result, this.syscall, this.subject));
  }

  protected override begin(): void {
    const loop = this.started();
    this.loop = loop;
    const request = new Request(CALL, -1, this);
    request.call = this.call;
    this.request = request;
    loop.submit(request);
  }

  protected override end(): void {
    if (this.request) this.loop!.cancel(this.request);
  }

  protected override giveBack(result: T): void {
    this.outcome.giveBack?.(result);
  }

  /** The call is about to be made. @returns where */
  protected started(): Loop {
    const loop = currentLoop();
    loop.ref();
    return loop;
  }

  protected ended(): void {
    this.loop!.unref();
  }

  private deliver(value: number): void {
    try {
      this.succeed(this.outcome.convert(value, this.loop!));
    } catch (error) {
      this.fail(error);
    }
  }
}
