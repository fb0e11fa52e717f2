import { Condition, Deque } from "../sync/index.ts";
import { type Coroutine, run, Task } from "../task/index.ts";
import type { Intake } from "./intake.ts";

/** A source that is read ahead, by a task of its own. */
interface Lane<T> {
  readonly intake: Intake<T>;
  /** Items that may still be read before some are taken. */
  credit: number;
  readonly credited: Condition;
  task: Task<void> | null;
}

interface Arrival<T> {
  readonly lane: Lane<T>;
  readonly item: T;
}

/** Items that were read ahead, in the order of their arrival. From each source no more is read than its credit allows. */
export class ReadAhead<T> {
  private readonly lanes: readonly Lane<T>[];
  private readonly arrivals = new Deque<Arrival<T>>();
  private readonly arrived = new Condition();
  /** When an item arrived where there was none, in `performance.now()`. */
  oldestAtMs = 0;
  private owner: Task<unknown> | null = null;
  private begun = false;
  private lanesLeft: number;
  /** How many items the consumer waits for. */
  private wanted = 0;
  private failure: { readonly error: unknown } | null = null;

  /** @param credit items of each source that may have been read and not been taken */
  constructor(intakes: readonly Intake<T>[], credit: number) {
    this.lanes = intakes.map((intake) => ({ intake, credit, credited: new Condition(), task: null }));
    this.lanesLeft = this.lanes.length;
  }

  get length(): number {
    return this.arrivals.length;
  }

  /** Tells whose children the reading tasks are to be; and those of the sources. */
  adopt(owner: Task<unknown>): void {
    this.owner = owner;
    for (const { intake } of this.lanes) intake.adopt(owner);
  }

  /**
   * Waits until so many items are there, or all there will be; then, or when {@link hurry} was called, what is there can be
   * taken.
   *
   * @throws what a source has failed with, when all that arrived before it is taken
   */
  *waitFor(count: number): Coroutine<void> {
    this.begin();
    this.wanted = count;
    while (this.arrivals.length < this.wanted && !this.isOver) yield* this.arrived.wait();
    if (this.arrivals.length === 0 && this.failure) throw this.failure.error;
  }

  /** Ends {@link waitFor} with what is there. */
  hurry(): void {
    this.wanted = 0;
    this.arrived.notifyAll();
  }

  /** The next item, of which there is one; another may be read in its place. */
  take(): T {
    const { lane, item } = this.arrivals.shift()!;
    lane.credit++;
    lane.credited.notifyAll();
    return item;
  }

  /** Ends the reading and closes all sources. */
  *leave(): Coroutine<void> {
    for (const { task } of this.lanes) task?.cancel();
    const errors: unknown[] = [];
    for (const { task, intake } of this.lanes) {
      try {
        if (task) yield* task.cancel();
        yield* intake.leave();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} sources failed to close`);
  }

  /** Nothing further will arrive. */
  private get isOver(): boolean {
    return this.lanesLeft === 0 || this.failure !== null;
  }

  private begin(): void {
    if (this.begun) return;
    this.begun = true;
    for (const lane of this.lanes) lane.task = this.start(lane);
  }

  private start(lane: Lane<T>): Task<void> {
    const { owner } = this;
    const name = "reading ahead";
    return owner
      ? new Task(owner.loop, owner, this.read(lane), { label: name })
      : run(() => this.read(lane), { name });
  }

  private *read(lane: Lane<T>): Coroutine<void> {
    try {
      for (;;) {
        while (lane.credit === 0) yield* lane.credited.wait();
        lane.credit--;
        const result = yield* lane.intake.next();
        if (result.done) break;
        if (this.arrivals.length === 0) this.oldestAtMs = performance.now();
        this.arrivals.push({ lane, item: result.value });
        if (this.arrivals.length >= this.wanted) this.arrived.notifyAll();
      }
    } catch (error) {
      this.failure ??= { error };
    }
    this.lanesLeft--;
    if (this.isOver) this.arrived.notifyAll();
  }
}
