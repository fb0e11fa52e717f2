import {
  all,
  allSettled,
  any,
  CancelledError,
  type Coroutine,
  currentLoop,
  Operation,
  race,
  retry,
  run,
  scope,
  shield,
  spawn,
  Task,
  timeout,
  type Waitable,
} from "../../../src/task/index.ts";
import { turns } from "../support/operations.ts";
import type { Body, CleanUp, Combination, Member, Program, Step, Wait } from "./tree-programs.ts";

/** A result of which must come what comes of data: somebody takes it, or it is given back. */
class Token {}

const INSTANT: Wait = { ticks: 0, manner: "obedient" };

/** Turns in which nothing was due, so that all has come to rest. */
const IDLE_TURNS = 10;

/** Ticks after which an operation ends that takes its time. */
const SLOW_TICKS = 2;

class TokenOperation extends Operation<Token> {
  private readonly interpreter: TreeInterpreter;
  private readonly wait: Wait;
  private readonly region: Region;
  private readonly isShieldedHere: boolean;
  /** Its result is all that its region waits for. */
  private readonly decides: boolean;
  private isOver = false;
  private wasAsked = false;

  constructor(
    interpreter: TreeInterpreter,
    wait: Wait,
    region: Region,
    isShieldedHere: boolean,
    decides: boolean,
  ) {
    super();
    this.interpreter = interpreter;
    this.wait = wait;
    this.region = region;
    this.isShieldedHere = isShieldedHere;
    this.decides = decides;
  }

  protected override begin(): void {
    const { ticks } = this.wait;
    // In a shield somebody would have to wait for ever.
    if (ticks === null && !this.region.isShielded)
      this.interpreter.endless.set(this, { region: this.region, task: Task.current! });
    else this.interpreter.after(ticks ?? SLOW_TICKS, () => this.come());
  }

  protected override end(): void {
    if (this.wasAsked) this.interpreter.violations.push("an operation was asked to end twice");
    this.wasAsked = true;
    if (this.isShieldedHere) this.interpreter.violations.push("a shielded operation was asked to end");
    const { interpreter, wait } = this;
    if (wait.manner === "obedient") this.giveUp();
    else if (wait.manner === "slow") interpreter.after(SLOW_TICKS, () => this.giveUp());
    else if (wait.manner === "failing") interpreter.after(SLOW_TICKS, () => this.failNow());
  }

  protected override giveBack(): void {
    this.interpreter.tokensLeft--;
  }

  private come(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.interpreter.tokensLeft++;
    if (this.decides) this.region.isDecided = true;
    this.succeed(new Token());
  }

  protected override giveUp(): void {
    this.isOver = true;
    this.interpreter.endless.delete(this);
    super.giveUp();
  }

  private failNow(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.fail(this.interpreter.error(this.region));
  }
}

interface RegionKind {
  readonly forgives?: boolean;
  readonly isShielded?: boolean;
}

/** Those that run in a scope, those in scopes within it among them. */
class Region {
  /** Errors in it may be kept from all. */
  readonly forgives: boolean;
  /** Cancellations from outside do not reach it. */
  readonly isShielded: boolean;
  /** It is to end as soon as it can: somebody has won, or the time is up. */
  isDecided = false;
  hasEnded = false;
  private readonly outer: Region | null;
  private inhabitants = 0;

  constructor(outer: Region | null, kind: RegionKind = {}) {
    this.outer = outer;
    this.forgives = kind.forgives === true || outer?.forgives === true;
    this.isShielded = kind.isShielded === true || outer?.isShielded === true;
  }

  get isDecidedAbove(): boolean {
    return this.isDecided || this.outer?.isDecidedAbove === true;
  }

  get isEmpty(): boolean {
    return this.inhabitants === 0;
  }

  count(change: number): void {
    for (let region: Region | null = this; region; region = region.outer) region.inhabitants += change;
  }
}

/** Runs a program, and keeps books on it. Its clock is its own: what waits does so for ticks, of which each is a turn. */
export class TreeInterpreter {
  readonly tasks: Task<unknown>[] = [];
  readonly violations: string[] = [];
  readonly seen = new Set<string>();
  begun = 0;
  errors = 0;
  /** Finally blocks that have yet to run, or to end. */
  unfinished = 0;
  /** Shields around whole families that have yet to finish. */
  shieldsLeft = 0;
  /** Results that have come and of which nothing has become so far. */
  tokensLeft = 0;
  /** Operations that wait until they are cancelled. */
  readonly endless = new Map<TokenOperation, { readonly region: Region; readonly task: Task<unknown> }>();
  private tick = 0;
  private readonly due: { readonly tick: number; readonly act: () => void }[] = [];
  private readonly cancelled = new Set<Task<unknown>>();
  /** Tasks whose bodies have thrown. */
  private readonly failed = new Set<Task<unknown>>();
  /** Children for which nobody waits. */
  private readonly unjoined = new Set<Task<unknown>>();
  private readonly timersBefore = timers();
  private longTimeouts = 0;

  /** Runs it to its end. */
  async run(program: Program): Promise<void> {
    const controller = new AbortController();
    const root = run(() => this.body(program.root, new Region(null)), { signal: controller.signal });
    for (const { tick, which } of program.cancellations) {
      this.after(tick, () => this.cancel(this.tasks[which % this.tasks.length] ?? root));
    }
    if (program.abortTick !== null) this.after(program.abortTick, () => controller.abort());
    root.then(
      () => {},
      (error) => this.see(error),
    );
    await this.runClock(root);
  }

  /** Errors that nobody was told of. */
  get lost(): string[] {
    return Array.from({ length: this.errors }, (_, i) => `#${i}`).filter((error) => !this.seen.has(error));
  }

  error(region: Region): Error {
    const error = new Error(`#${this.errors++}`);
    if (region.forgives) this.see(error);
    return error;
  }

  after(ticks: number, act: () => void): void {
    if (ticks === 0) act();
    else this.due.push({ tick: this.tick + ticks, act });
  }

  private async runClock(root: Task<void>): Promise<void> {
    // A time-out takes a millisecond, and on a busy machine more.
    let idleSince = performance.now();
    for (let idleTurns = 0; root.state === "running"; idleTurns++, this.tick++) {
      await turns(1);
      const now = this.due.filter(({ tick }) => tick <= this.tick);
      for (const entry of now) {
        this.due.splice(this.due.indexOf(entry), 1);
        entry.act();
      }
      if (this.due.length > 0) {
        idleSince = performance.now();
        idleTurns = 0;
      } else if (idleTurns > IDLE_TURNS && this.onlyLongTimers && !this.cancelled.has(root)) {
        this.checkEndless();
        this.cancel(root);
      } else if (idleTurns > 1000 && performance.now() > idleSince + 30_000) {
        throw new Error("the tree waits for ever");
      }
    }
    await turns();
  }

  private get onlyLongTimers(): boolean {
    return timers() <= this.timersBefore + this.longTimeouts;
  }

  /** Nothing happens any more: whoever still waits has a right to. */
  private checkEndless(): void {
    for (const { region, task } of this.endless.values()) {
      if (region.isDecidedAbove) this.violations.push("a task goes on in what is decided");
      for (let above = task.parent; above; above = above.parent)
        if (this.failed.has(above)) this.violations.push("a task waits for ever below one that has failed");
      for (const ended of this.unjoined) {
        if (ended.state === "failed" && task.isWithin(ended.parent!))
          this.violations.push("a task waits for ever beside one that has failed");
      }
      for (const cancelled of this.cancelled) {
        if (task.isWithin(cancelled))
          this.violations.push("a task waits for ever below one that was cancelled");
      }
    }
  }

  private cancel(task: Task<unknown>): Operation<void> {
    this.cancelled.add(task);
    return task.cancel();
  }

  private see(error: unknown): void {
    if (error instanceof AggregateError) for (const part of error.errors) this.see(part);
    else this.seen.add((error as Error).message);
  }

  /** A task's, or a part of one: where it waits, `yield*` stands in `yield*`. */
  private *body({ steps, cleanUp }: Body, region: Region, mayBegin = true): Coroutine<void> {
    const self = Task.current!;
    if (!mayBegin) this.violations.push("what a cancelled task has spawned begins");
    const children: Task<void>[] = [];
    let isFailing = false;
    this.tasks.push(self);
    this.begun++;
    this.unfinished++;
    region.count(1);
    try {
      for (const step of steps) {
        const wasCancelled = this.cancelled.has(self);
        yield* this.step(step, region, children);
        if (region.hasEnded) this.violations.push("a task runs though its scope has ended");
        if (wasCancelled && !step.does.startsWith("shield") && step.does !== "inline")
          this.violations.push(`a cancelled task went on after ${step.does}`);
      }
    } catch (error) {
      isFailing = true;
      this.failed.add(self);
      throw error;
    } finally {
      try {
        // A cancellation that comes while the clean-up after an error waits replaces the error, as an error in `finally`
        // does: that is the language's way, not ours.
        if (!isFailing) yield* this.cleanUp(cleanUp, region);
      } finally {
        if (region.hasEnded) this.violations.push("a task cleans up though its scope has ended");
        this.unfinished--;
        region.count(-1);
      }
    }
  }

  private *step(step: Step, region: Region, children: Task<void>[]): Coroutine<void> {
    switch (step.does) {
      case "wait":
        return yield* this.take(this.token(step.wait, region));
      case "shield":
        return yield* this.take(shield(this.token(step.wait, region, true)));
      case "spawn": {
        const mayBegin = !this.cancelled.has(Task.current!);
        const child = yield* spawn(() => this.body(step.body, region, mayBegin));
        children.push(child);
        this.unjoined.add(child);
        return;
      }
      case "inline":
        return yield* this.body(step.body, region);
      case "scope":
        return yield* this.within(region, (inner) => scope(() => this.body(step.body, inner)));
      case "shieldBody":
        return yield* this.within(region, (inner) => shield(() => this.body(step.body, inner)), {
          isShielded: true,
        });
      case "retry":
        return yield* this.within(region, (inner) => this.tryTwice(step.body, inner));
      case "timeout":
        return yield* this.timeout(step, region, children);
      case "combine":
        return yield* this.combine(step, region, children);
      case "join": {
        const child = children[step.which % children.length];
        if (child) this.unjoined.delete(child);
        return yield* this.take(child ?? this.token(INSTANT, region));
      }
      case "cancel": {
        const task = this.tasks[step.which % this.tasks.length]!;
        const end = this.cancel(task);
        // Whom a task waits for must stand below it, or two could wait for each other.
        if (step.waits && children.includes(task as Task<void>)) yield* end;
        else yield* this.take(this.token(INSTANT, region));
        return;
      }
      case "fail":
        throw this.error(region);
    }
  }

  private *cleanUp(steps: readonly CleanUp[], region: Region): Coroutine<void> {
    for (const step of steps) {
      if (step.does === "fail") throw this.error(region);
      if (step.does === "wait") yield* this.take(this.token(step.wait, region));
      else if (step.does === "shield") yield* this.take(shield(this.token(step.wait, region, true)));
      else {
        this.shieldsLeft++;
        yield* shield(() => this.family(step.wait, region));
      }
    }
  }

  private *family(wait: Wait, region: Region): Coroutine<void> {
    const child = yield* spawn(() => this.take(this.token(wait, region, true)));
    yield* this.take(this.token(wait, region, true));
    yield* child;
    this.shieldsLeft--;
  }

  /** Waits for something in which tasks run, all of which have ended when the wait has, however that ends. */
  private *within(
    outer: Region,
    make: (inner: Region) => Operation<unknown>,
    kind: RegionKind = {},
  ): Coroutine<void> {
    const inner = new Region(outer, kind);
    try {
      yield* this.take(make(inner));
    } finally {
      inner.hasEnded = true;
      if (!inner.isEmpty) this.violations.push("a scope has ended before the tasks in it");
    }
  }

  /** Waits, and takes what comes: results, and the errors with which a tree can go on. */
  private *take(wait: Operation<unknown> | Task<unknown>): Coroutine<void> {
    try {
      this.count(yield* wait);
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
    }
  }

  private count(result: unknown): void {
    if (result instanceof Token) this.tokensLeft--;
    else if (Array.isArray(result)) for (const part of result) this.count(part);
    else if (typeof result === "object" && result !== null && "value" in result) this.count(result.value);
  }

  private token(wait: Wait, region: Region, isShieldedHere = false, decides = false): TokenOperation {
    return new TokenOperation(this, wait, region, isShieldedHere, decides);
  }

  private tryTwice(body: Body, region: Region): Operation<void> {
    return retry(() => () => this.body(body, region), {
      attempts: 2,
      delayMs: 0,
      when: (error) => {
        this.see(error);
        return true;
      },
    });
  }

  private member(member: Member, region: Region, children: Task<void>[], decides = false): Waitable<unknown> {
    switch (member.kind) {
      case "wait":
        return this.token(member.wait, region, false, decides);
      case "shield":
        return shield(this.token({ ...member.wait, ticks: member.wait.ticks ?? 1 }, region, true, decides));
      case "body":
        return () => this.body(member.body, region);
      case "child":
        return this.child(member.which, region, children) ?? this.token(INSTANT, region);
    }
  }

  private *timeout(
    { delayMs, member }: Step & { does: "timeout" },
    region: Region,
    children: Task<void>[],
  ): Coroutine<void> {
    const isShort = delayMs <= 1;
    if (!isShort) this.longTimeouts++;
    try {
      yield* this.within(region, (inner) => {
        // As far as those are concerned who wait for ever.
        inner.isDecided = isShort;
        return timeout(delayMs, this.member(member, inner, children));
      });
    } finally {
      if (!isShort) this.longTimeouts--;
    }
  }

  private child(which: number, region: Region, children: Task<void>[]): Task<void> | undefined {
    const child = children[which % children.length];
    // Not where its errors would be kept from all: it is of another region.
    if (!child || region.forgives) return undefined;
    this.unjoined.delete(child);
    return child;
  }

  private *combine(
    { by, members }: Step & { does: "combine" },
    region: Region,
    children: Task<void>[],
  ): Coroutine<void> {
    const combination = combinations[by];
    const forgives = by === "any" || by === "allSettled";
    const decides = by === "race" || by === "any";
    const make = (inner: Region) =>
      combination(members.map((member) => this.member(member, inner, children, decides)));
    yield* this.within(region, make, { forgives });
  }
}

const combinations: Readonly<Record<Combination, (members: Waitable<unknown>[]) => Operation<unknown>>> = {
  race: (members) => race(members),
  all: (members) => all(members),
  any: (members) => any(members),
  allSettled: (members) => allSettled(members),
};

function timers(): number {
  return currentLoop().statistics().timers;
}
