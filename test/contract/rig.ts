import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import {
  CLOSE,
  type Continuation,
  type Driver,
  PENDING,
  Request,
  type RequestKind,
} from "../../src/drivers/index.ts";
import {
  addressOf,
  EINTR,
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLLET,
  EPOLLIN,
  syscalls,
} from "../../src/sys/index.ts";
import { close } from "./sockets.ts";
import type { Variant } from "./variants.ts";

export interface Completion {
  readonly result: number;
  readonly data: Buffer | null;
  readonly more: boolean;
}

/** A request and what came of it. */
export class Noted implements Continuation {
  readonly request: Request;
  readonly completions: Completion[] = [];
  /** How many bytes have been received or sent. */
  byteCount = 0;
  /** Called with each completion. */
  onCompletion: (completion: Completion) => void = () => {};

  constructor(kind: RequestKind, fd: number, data: Uint8Array | null = null) {
    this.request = new Request(kind, fd, this);
    this.request.data = data;
  }

  complete(request: Request, result: number, data: Buffer | null, more: boolean): void {
    assert.equal(request, this.request);
    assert.ok(!this.ended || this.resubmitted, "nothing comes after the last completion");
    this.resubmitted = false;
    if (!more) assert.equal(request.inFlight, false, "the last completion gives the request back");
    const completion = { result, data, more };
    this.completions.push(completion);
    this.byteCount += Math.max(0, result);
    this.onCompletion(completion);
  }

  /** Set when the request is submitted again after its last completion. */
  resubmitted = false;

  get last(): Completion | undefined {
    return this.completions.at(-1);
  }

  get ended(): boolean {
    return this.last?.more === false;
  }

  get results(): number[] {
    return this.completions.map(({ result }) => result);
  }

  /** The completions that say that there are no more. */
  get finals(): Completion[] {
    return this.completions.filter(({ more }) => !more);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.completions.flatMap(({ data }) => data ?? []));
  }
}

/**
 * A driver without a loop: turns it, and waits for its descriptor only after it has agreed to rest. So a completion that
 * does not wake is a test that never goes on.
 */
export class Rig {
  readonly driver: Driver;
  /** Completions that the driver handed out. */
  completed = 0;
  submitted = 0;
  /** Whether the descriptor is watched for edges, so that nobody needs to reset it. */
  readonly edges: boolean;
  /** Other threads make the driver's calls. */
  readonly threaded: boolean;
  /** How long nothing must happen for the driver to have settled: threads take their time. */
  readonly #quietMs: number;
  /** Requests whose result was known at once, and that are not told of it yet. */
  readonly #known: [Noted, number][] = [];
  #telling = false;
  readonly #descriptors: number[] = [];
  readonly #all = new Set<Noted>();
  readonly #epoll: number;
  readonly #event = new Uint32Array(Buffer.allocUnsafeSlow(16).fill(0).buffer);
  readonly #events = Buffer.allocUnsafeSlow(64);

  constructor(t: TestContext, variant: Variant, edges?: boolean) {
    this.driver = variant.make();
    this.threaded = variant.threaded ?? false;
    this.#quietMs = this.threaded ? 60 : 0;
    this.edges = edges ?? this.driver.wakesOnEdges;
    this.#epoll = syscalls.epollCreate(EPOLL_CLOEXEC);
    this.#event[0] = this.edges ? EPOLLIN | EPOLLET : EPOLLIN;
    const { descriptor } = this.driver;
    assert.equal(descriptor < 0, this.driver.wait !== undefined, "a driver has a descriptor or it waits");
    if (descriptor >= 0) {
      assert.equal(syscalls.epollCtl(this.#epoll, EPOLL_CTL_ADD, descriptor, addressOf(this.#event)), 0);
    }
    t.after(() => this.#end());
  }

  /** Closes descriptors when the test has ended. */
  own<T extends number | [number, number]>(descriptors: T): T {
    this.#descriptors.push(...[descriptors].flat());
    return descriptors;
  }

  /** Takes back {@link own}, for what the test closes itself. */
  release(descriptor: number): number {
    const index = this.#descriptors.indexOf(descriptor);
    assert.ok(index >= 0);
    this.#descriptors.splice(index, 1);
    return descriptor;
  }

  submit(noted: Noted, data?: Uint8Array): Noted {
    if (data !== undefined) noted.request.data = data;
    noted.resubmitted = noted.ended;
    this.submitted++;
    this.#all.add(noted);
    const result = this.driver.submit(noted.request);
    if (result !== PENDING) {
      this.#known.push([noted, result]);
      if (!this.#telling) this.#tell();
    }
    return noted;
  }

  start(kind: RequestKind, fd: number, data: Uint8Array | null = null): Noted {
    return this.submit(new Noted(kind, fd, data));
  }

  cancel(noted: Noted): void {
    this.driver.cancel(noted.request);
  }

  /** One turn as the loop makes it, without waiting. */
  turn(): void {
    this.driver.flush();
    const completions = this.driver.reap();
    this.completed += completions.length;
    this.#telling = true;
    try {
      completions.deliver();
    } finally {
      this.#telling = false;
    }
    this.#tell();
  }

  /** Tells of results that were known at once: in a loop, not in each other. */
  #tell(): void {
    this.#telling = true;
    try {
      for (let known = this.#known.shift(); known; known = this.#known.shift()) {
        this.completed++;
        known[0].complete(known[0].request, known[1], null, false);
      }
    } finally {
      this.#telling = false;
    }
  }

  /** Whether nobody is woken for so long. A bell that a thread has rung late wakes once more, for nothing. */
  staysQuiet(durationMs: number): boolean {
    for (let wakes = 0; wakes < 5; wakes++) {
      if (!this.readable(durationMs)) return true;
      this.wake(true);
      this.turn();
      if (!this.driver.rest()) return false;
    }
    return false;
  }

  /** As {@link Driver.wake}, after {@link readable} has told the cause. */
  wake(readable: boolean): void {
    this.driver.wake(readable && !this.edges);
  }

  /**
   * Whether the driver's descriptor is readable, or has become so since this was asked last, within `timeoutMs`; on a
   * driver that waits by itself, whether it has found something.
   */
  readable(timeoutMs = 0): boolean {
    // An epoll instance that watches nothing is never readable: the driver waits for its own only.
    if (this.driver.wait) return this.driver.wait(this.#epoll, timeoutMs);
    for (;;) {
      const count = syscalls.epollWait(this.#epoll, addressOf(this.#events), 1, timeoutMs);
      if (count !== -EINTR) return count === 1;
    }
  }

  /** Turns and waits until something holds. */
  async until(condition: () => boolean, what: string, guardMs = 60_000): Promise<void> {
    const end = Date.now() + guardMs;
    for (;;) {
      this.turn();
      if (condition()) return;
      if (!this.driver.rest()) {
        if (Date.now() > end) assert.fail(`never happened, although the driver does not rest: ${what}`);
        continue;
      }
      let readable = false;
      while (!readable && !condition()) {
        // Peers that live in this process, too, have their turn.
        await new Promise((resolve) => setImmediate(resolve));
        readable = this.readable(1);
        if (Date.now() > end)
          assert.fail(`never happened, the driver's descriptor stays unreadable: ${what}`);
      }
      this.wake(readable);
      if (condition()) return;
    }
  }

  /** Turns without ever waiting, for what may not let anybody else run in between. */
  spin(condition: () => boolean, what: string): void {
    for (const end = Date.now() + 20_000; !condition(); this.turn()) {
      if (Date.now() > end) assert.fail(`never happened: ${what}`);
    }
  }

  /** Gives the driver's threads, if it has any, a moment. */
  pause(): void {
    if (this.#quietMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }

  /** Turns until the driver has nothing to do and its descriptor is quiet. */
  settle(): void {
    // By time: nonblocking tries on for 0.4 ms before it pauses, which may be a thousand turns.
    for (const end = Date.now() + 20_000; Date.now() < end; ) {
      this.turn();
      if (!this.driver.rest()) continue;
      const readable = this.readable(this.#quietMs);
      this.wake(readable);
      if (!readable) return;
    }
    assert.fail("the driver never comes to rest");
  }

  /** Descriptors that had requests are closed by the driver, which may know something of them. */
  async #closeUsed(): Promise<void> {
    const used = new Set([...this.#all].map(({ request }) => request.fd));
    const closes = this.#descriptors
      .filter((fd) => used.has(fd))
      .map((fd) => this.start(CLOSE, this.release(fd)));
    await this.until(() => closes.every(({ ended }) => ended), "the end of all descriptors");
  }

  /** Ends every request that is in flight, and checks that the books are balanced. */
  async #end(): Promise<void> {
    try {
      for (const noted of this.#all) this.cancel(noted);
      await this.until(
        () => [...this.#all].every(({ request }) => !request.inFlight),
        "the end of all requests",
      );
      this.turn();
      const { inFlight, submitted } = this.driver.statistics();
      assert.deepEqual({ inFlight, submitted }, { inFlight: 0, submitted: this.submitted });
      await this.#closeUsed();
    } finally {
      this.driver.close();
      for (const fd of this.#descriptors) close(fd);
      close(this.#epoll);
    }
  }
}
