import type { Loop } from "../loop/index.ts";
import { Deque } from "../sync/index.ts";
import { Operation } from "../task/index.ts";

class GetEventOperation<E extends object> extends Operation<E | null> {
  private readonly queue: EventQueue<E>;

  constructor(queue: EventQueue<E>) {
    super();
    this.queue = queue;
  }

  override get description(): string {
    return `next event of ${this.queue.name}`;
  }

  deliver(event: E | null): void {
    this.succeed(event);
  }

  protected override begin(): void {
    this.queue.beginGet(this);
  }

  protected override end(): void {
    this.queue.leaveGet(this);
    this.giveUp();
  }

  protected override giveBack(event: E | null): void {
    this.queue.unget(event);
  }
}

/**
 * Events in their order, and who waits for them: first come, first served. Those who wait get theirs in a turn of the
 * thread's loop, never within {@link add}.
 */
export class EventQueue<E extends object> {
  readonly name: string;
  private readonly loop: Loop;
  private readonly events = new Deque<E>();
  private readonly waiters: GetEventOperation<E>[] = [];
  private handOutDue = false;
  private ended = false;
  private keepsAlive = true;

  constructor(loop: Loop, name: string) {
    this.loop = loop;
    this.name = name;
  }

  /** Events that nobody has taken. */
  get length(): number {
    return this.events.length;
  }

  get hasEnded(): boolean {
    return this.ended;
  }

  add(event: E): void {
    this.events.push(event);
    if (this.waiters.length > 0) this.handOutSoon();
  }

  /** The next event, or null after the end. */
  get(): Operation<E | null> {
    return new GetEventOperation(this);
  }

  /** Has other work of the thread done before the next event is handed out. */
  letOthersRun(): void {
    this.handOutSoon();
  }

  /** What was added is still handed out; nothing more is added. */
  end(): void {
    this.ended = true;
    this.handOutSoon();
  }

  clear(): void {
    this.events.clear();
  }

  /** Whether waiting keeps the process alive. */
  keepAlive(keepsAlive: boolean): void {
    if (keepsAlive === this.keepsAlive) return;
    this.keepsAlive = keepsAlive;
    for (const _ of this.waiters) {
      this.loop.ref(keepsAlive);
      this.loop.unref(!keepsAlive);
    }
  }

  beginGet(operation: GetEventOperation<E>): void {
    if (!this.handOutDue && (this.events.length > 0 || this.ended)) {
      operation.deliver(this.events.shift() ?? null);
      return;
    }
    this.waiters.push(operation);
    this.loop.ref(this.keepsAlive);
  }

  leaveGet(operation: GetEventOperation<E>): void {
    this.waiters.splice(this.waiters.indexOf(operation), 1);
    this.waitEnds();
  }

  unget(event: E | null): void {
    if (event === null) return;
    this.events.unshift(event);
    if (this.waiters.length > 0) this.handOutSoon();
  }

  /** For the loop: hands out what there is. */
  run(): void {
    this.handOutDue = false;
    while (this.waiters.length > 0 && (this.events.length > 0 || this.ended)) {
      const waiter = this.waiters.shift()!;
      this.waitEnds();
      waiter.deliver(this.events.shift() ?? null);
    }
  }

  private handOutSoon(): void {
    if (this.handOutDue) return;
    this.handOutDue = true;
    this.loop.schedule(this);
  }

  private waitEnds(): void {
    this.loop.unref(this.keepsAlive);
  }
}
