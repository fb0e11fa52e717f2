import type { ResultOf, Waitable } from "./coroutine.ts";
import { CancelledError } from "./errors.ts";
import { Operation, type Waiter } from "./operation.ts";
import { toOperation } from "./scope.ts";

/** An operation that a group waits for. */
class Member implements Waiter {
  readonly index: number;
  readonly operation: Operation<unknown>;
  /** Not before it has begun: what somebody else waits for is not the group's to end. */
  isPending = false;
  private readonly group: Group<unknown>;

  constructor(group: Group<unknown>, index: number, operation: Operation<unknown>) {
    this.group = group;
    this.index = index;
    this.operation = operation;
  }

  /** @returns whether it has settled at once */
  start(): boolean {
    this.isPending = !this.operation.start(this);
    return !this.isPending;
  }

  wake(): void {
    this.isPending = false;
    this.group.memberSettled(this);
  }
}

/**
 * Waits for several operations at once, and ends when all that it has started have ended. To cancel it is to cancel them.
 */
export abstract class Group<R> extends Operation<R> {
  private readonly members: readonly Member[];
  private isStarting = false;
  private pending = 0;
  /** What still waits was asked to end. */
  protected isEnding = false;

  constructor(operations: readonly Operation<unknown>[]) {
    super();
    this.members = operations.map((operation, index) => new Member(this as Group<unknown>, index, operation));
  }

  override get description(): string {
    return `${super.description} of ${this.members.map(({ operation }) => operation.description).join(", ")}`;
  }

  override shieldTasks(): void {
    for (const { operation } of this.members) operation.shieldTasks();
  }

  /** For members. */
  memberSettled(member: Member): void {
    const { operation, index } = member;
    try {
      if (operation.takeOutcome(member)) this.succeeded(operation.value, index);
      else this.memberFailed(operation.value, index);
    } catch (misuse) {
      this.memberFailed(misuse, index);
    }
    // After the others were asked to end, for some of them do so at once.
    this.pending--;
    this.finishIfDone();
  }

  private memberFailed(error: unknown, index: number): void {
    // That it was cancelled is no news if it was we who asked.
    if (!(this.isEnding && error instanceof CancelledError)) this.failed(error, index);
  }

  protected abstract succeeded(value: unknown, index: number): void;

  protected abstract failed(error: unknown, index: number): void;

  /** All have ended, so the group is to settle. */
  protected abstract finish(): void;

  protected get size(): number {
    return this.members.length;
  }

  protected override begin(): void {
    this.isStarting = true;
    for (const member of this.members) {
      if (this.isEnding) break;
      this.pending++;
      if (member.start()) this.memberSettled(member);
    }
    this.isStarting = false;
    this.finishIfDone();
  }

  protected override end(): void {
    this.endOthers();
  }

  /** Asks all that still wait to end. */
  protected endOthers(): void {
    this.isEnding = true;
    for (const { isPending, operation } of this.members) {
      if (isPending) operation.abort();
    }
  }

  /** Takes a result back that nobody will get. */
  protected drop(value: unknown, index: number): void {
    this.members[index]!.operation.takeBack(value);
  }

  private finishIfDone(): void {
    if (this.pending === 0 && !this.isStarting) this.finish();
  }
}

/** What waits for each of several things. @throws ERR_INVALID_ARG_TYPE for what cannot be waited for */
export function toOperations(waitables: Iterable<Waitable<unknown>>, caller: string): Operation<unknown>[] {
  return Array.from(waitables, (waitable) => toOperation(waitable, caller));
}

/** Several failures as one; one as itself. */
export function combine(errors: readonly unknown[], what: string): unknown {
  return errors.length === 1 ? errors[0] : new AggregateError(errors, `${errors.length} failures in ${what}`);
}

/** The results of several things, in their places. */
export type ResultsOf<W extends readonly unknown[]> = { -readonly [I in keyof W]: ResultOf<W[I]> };
