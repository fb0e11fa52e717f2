import { existsSync } from "node:fs";
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  type Transferable,
  type Worker,
} from "node:worker_threads";
import { type Answer, type CallMessage, QUIT, type Welcome } from "./messages.ts";
import { ANSWERS, DOOMED, LOADING, REQUESTS, THREAD, type ThreadData, WORDS } from "./thread-data.ts";
import type { LinkListener, LinkMaker, WorkerLink } from "./worker-link.ts";
import { WorkerSource } from "./worker-source.ts";

/** A thread that has ended says nothing to one that is blocked, which therefore looks so often. */
const LOOK_MS = 200;

/** A thread that loads a module is given so much time for it, before it is ended all the same. */
const LOAD_MS_MAX = 5000;

/** A thread, and a message port to it. */
class ThreadLink implements WorkerLink {
  private readonly port: MessagePort;
  private readonly words = new Int32Array(new SharedArrayBuffer(WORDS * 4));
  private readonly worker: Worker;
  /** What Node's loop has taken from the port. */
  private came: Answer | undefined = undefined;
  /** Answers taken so far, as {@link ANSWERS} is counted. */
  private taken = 0;

  constructor(threads: Threads, listener: LinkListener) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const { welcome, signal, resourceLimits } = threads;
    const workerData: ThreadData = { welcome, signal, port: port2, words: this.words };
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
      listener.ended(cause);
    });
    this.worker.unref();
    port1.on("message", (answer: Answer) => {
      this.came = answer;
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
    this.wake();
  }

  take(): Answer | undefined {
    const { came } = this;
    if (came !== undefined) {
      this.came = undefined;
      this.taken = (this.taken + 1) | 0;
      return came;
    }
    // Asking the port costs more than asking the count.
    if (Atomics.load(this.words, ANSWERS) === this.taken) return undefined;
    const entry = receiveMessageOnPort(this.port);
    if (entry === undefined) return undefined;
    this.taken = (this.taken + 1) | 0;
    return entry.message as Answer;
  }

  hasEnded(): boolean {
    const thread = Atomics.load(this.words, THREAD);
    return thread !== 0 && !existsSync(`/proc/self/task/${thread}`);
  }

  ref(): void {
    this.port.ref();
  }

  unref(): void {
    this.port.unref();
  }

  quit(): void {
    this.worker.ref();
    this.port.postMessage(QUIT);
    this.wake();
  }

  kill(): void {
    this.worker.ref();
    Atomics.store(this.words, DOOMED, 1);
    if (Atomics.load(this.words, LOADING) === 0) this.worker.terminate();
    else setTimeout(() => this.worker.terminate(), LOAD_MS_MAX).unref();
  }

  private wake(): void {
    Atomics.add(this.words, REQUESTS, 1);
    Atomics.notify(this.words, REQUESTS, 1);
  }
}

/** Worker threads, whose answers count up one number, on which a blocked thread can sleep. */
export class Threads implements LinkMaker<ThreadLink> {
  readonly source = new WorkerSource("thread");
  readonly welcome: Welcome;
  readonly resourceLimits: { readonly maxOldGenerationSizeMb?: number };
  readonly signal = new Int32Array(new SharedArrayBuffer(4));
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
    this.seen = Atomics.load(this.signal, 0);
  }

  sleep(timeoutMs: number): void {
    Atomics.wait(this.signal, 0, this.seen, Math.min(timeoutMs, LOOK_MS));
  }
}

/** Threads inherit Node's flags. The one that says what `--eval` is given ends a thread, which runs a file. */
function inheritedFlags(): { readonly execArgv?: readonly string[] } {
  return process.execArgv.some((flag) => flag.startsWith("--input-type")) ? { execArgv: [] } : {};
}
