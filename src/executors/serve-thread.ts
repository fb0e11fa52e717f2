import { readlinkSync, writeSync } from "node:fs";
import { receiveMessageOnPort } from "node:worker_threads";
import { type Answer, type CallMessage, PROGRESS, READY, RESULT } from "./messages.ts";
import { failure, isPromise, Performer } from "./performer.ts";
import { reportProgress } from "./progress.ts";
import { ANSWERED, BEGUN, CALL, QUIT, Slots } from "./slots.ts";
import {
  ANSWERS,
  AWAKE,
  BELL,
  type Bell,
  BLOCKED,
  DOOMED,
  GATHER_MS,
  IN_LOOP,
  LINGERS,
  LOADING,
  RUNG,
  SLEEP,
  THREAD,
  type ThreadData,
  TOLD,
} from "./thread-data.ts";
import { transfersOf } from "./transfer.ts";

/** The number 1, as an eventfd takes it. */
const RING = new Uint8Array(new BigUint64Array([1n]).buffer);

/** For so long a thread that has answered sleeps until the next call, for to be woken from that costs least. */
const LINGER_MS = 5;

/** So long calls may follow each other before the thread's own loop has its turn: what functions have left running goes on. */
const STRETCH_MS = 100;

/** In a worker thread: makes calls and answers them. */
class ThreadServer {
  private readonly performer = new Performer((module) => this.load(module));
  private readonly data: ThreadData;
  private readonly slots: Slots;
  /** The slot of the call that is made, or comes next. */
  private slot = 0;
  /** What this thread's loop has taken from the port. */
  private came: CallMessage | undefined = undefined;
  private isServing = true;
  /** When the loop is to have a turn, in milliseconds of performance.now(). */
  private stretchEnd = 0;
  /** Whether the caller was not told of all answers. */
  private isUntold = false;
  private toldAt = 0;

  constructor(data: ThreadData) {
    this.data = data;
    this.slots = new Slots(data.slots);
  }

  async begin(): Promise<void> {
    const { port, words, welcome } = this.data;
    Atomics.store(words, THREAD, kernelThread());
    const answer = await this.performer.begin(welcome);
    reportProgress((value) => this.report(value));
    port.on("message", (message: CallMessage | Bell) => {
      if (message !== BELL) this.came = message;
      if (!this.isServing) this.serveAnew();
    });
    this.post(answer);
    this.signal();
    if (answer[0] === READY) this.serveAnew();
  }

  /** In a new turn of the loop. */
  private serveAnew(): void {
    this.isServing = true;
    this.stretchEnd = performance.now() + STRETCH_MS;
    Atomics.store(this.data.words, SLEEP, AWAKE);
    this.serve();
  }

  private serve(): void {
    while (this.claim() || this.waitForCall()) {
      const answer = this.performer.perform(this.takeCall());
      if (isPromise(answer)) {
        this.tell();
        answer.then((late) => {
          if (this.answer(late)) this.serve();
        });
        return;
      }
      if (!this.answer(answer)) return;
    }
    this.isServing = false;
  }

  /** Begins the next call, if there is one. */
  private claim(): boolean {
    const state = this.slots.stateOf(this.slot);
    if (state === QUIT) process.exit();
    return state === CALL && this.slots.claim(this.slot, BEGUN);
  }

  /** Sleeps until there is a call, which is begun then. @returns false if a bell will wake the loop */
  private waitForCall(): boolean {
    const { words } = this.data;
    this.tell();
    // Who says that he sleeps looks once more, for calls that came before he said so.
    Atomics.store(words, SLEEP, LINGERS);
    const isThere =
      this.claim() || (Atomics.wait(words, SLEEP, LINGERS, LINGER_MS) !== "timed-out" && this.claim());
    Atomics.store(words, SLEEP, isThere ? AWAKE : IN_LOOP);
    if (isThere || !this.claim()) return isThere;
    Atomics.store(words, SLEEP, AWAKE);
    return true;
  }

  private takeCall(): CallMessage {
    const { slots, slot } = this;
    if (!slots.isElsewhere(slot)) return [slots.functionOf(slot), slots.read(slot), false];
    const { came } = this;
    this.came = undefined;
    if (came !== undefined) return came;
    for (;;) {
      const { message } = receiveMessageOnPort(this.data.port)!;
      if (message !== BELL) return message as CallMessage;
    }
  }

  private async load(module: string): Promise<Record<string, unknown>> {
    const { words } = this.data;
    Atomics.store(words, LOADING, 1);
    // Who ends it looks after saying so whether it loads: one of the two sees the other.
    this.checkDoom();
    try {
      return await import(module);
    } finally {
      Atomics.store(words, LOADING, 0);
      this.checkDoom();
    }
  }

  private checkDoom(): void {
    if (Atomics.load(this.data.words, DOOMED) === 1) process.exit();
  }

  /** @returns false if the loop has its turn now */
  private answer(answer: Answer): boolean {
    const { slots } = this;
    const slot = this.slot++;
    const isElsewhere = !slots.write(slot, answer);
    if (isElsewhere) slots.writeElsewhere(slot);
    slots.setState(slot, ANSWERED);
    // Afterwards, for the message is the bell for what was answered before it.
    if (isElsewhere) this.post(answer);
    this.signal();
    this.isUntold = true;
    const now = performance.now();
    if (now - this.toldAt > GATHER_MS) this.tell(now);
    if (now < this.stretchEnd) return true;
    this.tell(now);
    setImmediate(() => this.serveAnew());
    return false;
  }

  private post(answer: Answer): void {
    const { port } = this.data;
    try {
      const transfers = answer[0] === RESULT ? transfersOf(answer) : [];
      // An empty list costs more than none.
      if (transfers.length === 0) port.postMessage(answer);
      else port.postMessage(answer, transfers);
    } catch (error) {
      port.postMessage(failure(error));
    }
  }

  /** Tells how far a call is, by the port, whose message wakes the caller. */
  private report(value: unknown): void {
    const { port, words } = this.data;
    port.postMessage([PROGRESS, value, this.slot]);
    Atomics.add(words, TOLD, 1);
    this.signal();
  }

  /** Wakes the caller if it is blocked. It does not block any more once it could see this. */
  private signal(): void {
    const { signal } = this.data;
    Atomics.add(signal, ANSWERS, 1);
    if (Atomics.load(signal, BLOCKED) === 1) Atomics.notify(signal, ANSWERS);
  }

  /** Wakes the caller's loop, if it has not been told of all answers. */
  private tell(now = performance.now()): void {
    if (!this.isUntold) return;
    this.isUntold = false;
    this.toldAt = now;
    if (Atomics.exchange(this.data.words, RUNG, 1) === 0) writeSync(this.data.bell, RING);
  }
}

/** In a worker thread: makes calls and answers them, until it is told to end. */
export function serveThread(data: ThreadData): void {
  new ThreadServer(data).begin();
}

/** This thread's number among the kernel's, by which others see whether it lives. */
function kernelThread(): number {
  return Number(readlinkSync("/proc/thread-self").split("/").pop());
}
