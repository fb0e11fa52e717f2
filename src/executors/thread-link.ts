import { existsSync } from "node:fs";
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  type Transferable,
  type Worker,
} from "node:worker_threads";
import { Bell, scheduleAsBatch } from "../sys/index.ts";
import { CallRing } from "./call-ring.ts";
import { type Answer, type CallMessage, PROGRESS, type Welcome } from "./messages.ts";
import {
  ANSWERS,
  AWAKE,
  BELL,
  BLOCKED,
  DOOMED,
  LINGERS,
  LOADING,
  LOOK_MS,
  RUNG,
  SIGNAL_WORDS,
  SLEEP,
  THREAD,
  type ThreadData,
  TOLD,
  WORDS,
} from "./thread-data.ts";
import type { LinkListener, LinkMaker, WorkerLink } from "./worker-link.ts";
import { WorkerSource } from "./worker-source.ts";

/** A thread that has ended says nothing to one that is blocked, which therefore looks so often. */
const BLOCKED_MS_MAX = 200;

/** A thread that loads a module is given so much time for it, before it is ended all the same. */
const LOAD_MS_MAX = 5000;

/** A thread, and the slots and the message port to it. */
class ThreadLink implements WorkerLink {
  private readonly listener: LinkListener;
  private readonly port: MessagePort;
  private readonly bell: Bell;
  private readonly ring = new CallRing();
  private readonly words = new Int32Array(new SharedArrayBuffer(WORDS * 4));
  private readonly worker: Worker;
  private isReady = false;
  /** What Node's loop has taken from the port. */
  private came: Answer | undefined = undefined;
  /** Tellings of progress so far, as {@link TOLD} is counted. */
  private heard = 0;
  private timer: NodeJS.Timeout | undefined = undefined;

  constructor(threads: Threads, listener: LinkListener) {
    this.listener = listener;
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const { welcome, signal, resourceLimits } = threads;
    this.bell = new Bell(() => this.look());
    const workerData: ThreadData = {
      welcome,
      signal,
      port: port2,
      bell: this.bell.fd,
      slots: this.ring.memory,
      words: this.words,
    };
    const options = {
      workerData,
      transferList: [port2],
      resourceLimits,
      name: "pentio executor",
      ...inheritedFlags(),
    };
    this.worker = threads.source.start({ workerThreadOpts: options }, (cause) => {
      listener.answersCame();
      port1.close();
      this.bell.close();
      clearTimeout(this.timer);
      listener.ended(cause);
    });
    this.worker.unref();
    port1.on("message", (message: Answer) => {
      this.came = message;
      listener.answersCame();
    });
    port1.unref();
    // A thread that ends closes the port first, which then keeps nothing alive any more.
    port1.once("close", () => this.worker.ref());
  }

  post(message: CallMessage, transfers: readonly Transferable[]): void {
    // An empty list costs more than none.
    if (transfers.length === 0) this.port.postMessage(message);
    else this.port.postMessage(message, transfers);
    this.ring.appendElsewhere();
    this.wake();
  }

  append(functionId: number, args: readonly unknown[]): boolean {
    if (!this.ring.append(functionId, args)) return false;
    this.wake();
    return true;
  }

  recall(): boolean {
    return this.ring.recall();
  }

  hasBegun(index: number): boolean {
    return this.ring.hasBegun(index);
  }

  take(): Answer | undefined {
    const { ring } = this;
    if (!this.isReady) {
      const ready = this.receive();
      if (ready === undefined) return undefined;
      this.isReady = true;
      // Woken, it would otherwise take the processor from this thread, which holds the lock that it needs first: V8 has one
      // for all of Atomics.wait and Atomics.notify.
      scheduleAsBatch(Atomics.load(this.words, THREAD));
      return ready;
    }
    const progress = this.takeProgress();
    if (progress !== undefined) return progress;
    if (!ring.isAnswered) return undefined;
    if (!ring.isElsewhere) return ring.take();
    const answer = this.receive();
    if (answer !== undefined) ring.pass();
    return answer;
  }

  hasEnded(): boolean {
    const thread = Atomics.load(this.words, THREAD);
    return thread !== 0 && !existsSync(`/proc/self/task/${thread}`);
  }

  ref(): void {
    this.bell.ref();
  }

  unref(): void {
    this.bell.unref();
  }

  quit(): void {
    this.worker.ref();
    this.ring.appendQuit();
    this.wake();
  }

  kill(): void {
    this.worker.ref();
    Atomics.store(this.words, DOOMED, 1);
    if (Atomics.load(this.words, LOADING) === 0) this.worker.terminate();
    else setTimeout(() => this.worker.terminate(), LOAD_MS_MAX).unref();
  }

  private look(): void {
    Atomics.store(this.words, RUNG, 0);
    this.listener.answersCame();
    if (this.ring.isEmpty) return;
    if (this.timer) this.timer.refresh();
    else this.timer = setTimeout(() => this.listener.answersCame(), LOOK_MS).unref();
  }

  /** What the call that is answered next tells of how far it is. */
  private takeProgress(): Answer | undefined {
    // Asking the port costs more than asking the count.
    if (this.came === undefined && Atomics.load(this.words, TOLD) === this.heard) return undefined;
    const message = this.receive();
    if (message?.[0] === PROGRESS && this.ring.isFirst(message[2]!)) {
      this.heard = (this.heard + 1) | 0;
      return message;
    }
    this.came = message;
    return undefined;
  }

  /** What has come by the port, without this thread's loop. */
  private receive(): Answer | undefined {
    const { came } = this;
    this.came = undefined;
    if (came !== undefined) return came;
    return receiveMessageOnPort(this.port)?.message as Answer | undefined;
  }

  /** Wakes the thread if it sleeps. It looks once more when it has said so, and finds what was filled before. */
  private wake(): void {
    const { words } = this;
    if (Atomics.load(words, SLEEP) === AWAKE) return;
    if (Atomics.exchange(words, SLEEP, AWAKE) === LINGERS) Atomics.notify(words, SLEEP, 1);
    else this.port.postMessage(BELL);
  }
}

/** Worker threads, whose answers count up one number, on which a blocked thread can sleep. */
export class Threads implements LinkMaker<ThreadLink> {
  readonly source = new WorkerSource("thread");
  readonly welcome: Welcome;
  readonly resourceLimits: { readonly maxOldGenerationSizeMb?: number };
  readonly signal = new Int32Array(new SharedArrayBuffer(SIGNAL_WORDS * 4));
  private seen = 0;

  /** @param memoryLimitMb of a thread's heap; undefined for Node's own limit */
  constructor(welcome: Welcome, memoryLimitMb: number | undefined) {
    this.welcome = welcome;
    this.resourceLimits = memoryLimitMb === undefined ? {} : { maxOldGenerationSizeMb: memoryLimitMb };
  }

  make(listener: LinkListener): ThreadLink {
    return new ThreadLink(this, listener);
  }

  mark(): void {
    this.seen = Atomics.load(this.signal, ANSWERS);
  }

  sleep(timeoutMs: number): void {
    Atomics.store(this.signal, BLOCKED, 1);
    Atomics.wait(this.signal, ANSWERS, this.seen, Math.min(timeoutMs, BLOCKED_MS_MAX));
    Atomics.store(this.signal, BLOCKED, 0);
  }
}

/** Threads inherit Node's flags. The one that says what `--eval` is given ends a thread, which runs a file. */
function inheritedFlags(): { readonly execArgv?: readonly string[] } {
  return process.execArgv.some((flag) => flag.startsWith("--input-type")) ? { execArgv: [] } : {};
}
