import type { LabEvent, RunKind } from "./protocol.ts";

/** An event before it bears the number of its run. */
export type Happening = LabEvent extends infer Event
  ? Event extends LabEvent
    ? Omit<Event, "run">
    : never
  : never;

/** Tells what happens in a run. */
export type Tell = (happening: Happening) => void;

/** Does a run's work, and tells what happens. @throws why it failed; when `signal` is aborted, soon */
export type Work = (tell: Tell, signal: AbortSignal) => Promise<void>;

interface Run {
  readonly number: number;
  readonly kind: RunKind;
  readonly stop: AbortController;
  /** Everything that happened, for those who come later. */
  readonly events: LabEvent[];
}

/**
 * Runs, one at a time, for each would disturb the figures of another; the last of each kind is remembered. A new one takes
 * the place of the one before of its kind.
 */
export class Runs {
  private readonly latest = new Map<RunKind, Run>();
  private readonly listeners = new Set<(event: LabEvent) => void>();
  private count = 0;
  /** Those that run or wait. */
  private unfinished = 0;
  private queue: Promise<void> = Promise.resolve();

  /** @returns the number of the run, which begins when those before it have ended */
  start(kind: RunKind, work: Work): number {
    this.latest.get(kind)?.stop.abort();
    const run: Run = { number: ++this.count, kind, stop: new AbortController(), events: [] };
    this.latest.set(kind, run);
    if (this.unfinished > 0) this.tell(run, { type: "waiting", kind });
    this.unfinished++;
    this.queue = this.queue.then(() => this.perform(run, work));
    return run.number;
  }

  /** Stops what runs and what waits. @returns when nothing of it is left */
  stop(): Promise<void> {
    for (const { stop } of this.latest.values()) stop.abort();
    return this.queue;
  }

  /** Tells `listener` what is remembered, and then what happens. @returns what ends that */
  listen(listener: (event: LabEvent) => void): () => void {
    for (const { events } of this.latest.values()) for (const event of events) listener(event);
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async perform(run: Run, work: Work): Promise<void> {
    const { kind, stop } = run;
    try {
      stop.signal.throwIfAborted();
      await work((happening) => this.tell(run, happening), stop.signal);
      stop.signal.throwIfAborted();
      this.tell(run, { type: "done", kind });
    } catch (error) {
      const message = stop.signal.aborted ? "stopped" : (error as Error).message;
      this.tell(run, { type: "failed", kind, message });
    }
    this.unfinished--;
  }

  private tell(run: Run, happening: Happening): void {
    const event: LabEvent = { ...happening, run: run.number };
    run.events.push(event);
    for (const listener of this.listeners) listener(event);
  }
}
