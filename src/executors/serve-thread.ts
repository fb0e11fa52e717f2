import { readlinkSync } from "node:fs";
import { receiveMessageOnPort } from "node:worker_threads";
import { type Answer, type CallMessage, PROGRESS, QUIT, type Quit, RESULT } from "./messages.ts";
import { failure, isPromise, Performer } from "./performer.ts";
import { reportProgress } from "./progress.ts";
import { ANSWERS, DOOMED, LOADING, REQUESTS, THREAD, type ThreadData } from "./thread-data.ts";
import { transfersOf } from "./transfer.ts";

/** For so long a thread that has answered sleeps until the next call, for to be woken from that costs least. */
const LINGER_MS = 5;

/** So long calls may follow each other before the thread's own loop has its turn: what functions have left running goes on. */
const STRETCH_MS = 100;

/** In a worker thread: makes calls and answers them. */
class ThreadServer {
  private readonly performer = new Performer((module) => this.load(module));
  private readonly data: ThreadData;

  constructor(data: ThreadData) {
    this.data = data;
  }

  async begin(): Promise<void> {
    const { port, words, welcome } = this.data;
    Atomics.store(words, THREAD, kernelThread());
    reportProgress((value) => this.send([PROGRESS, value]));
    this.answer(await this.performer.begin(welcome));
    port.on("message", (message: CallMessage | Quit) => {
      if (this.serve(message)) this.linger();
    });
  }

  /** @returns whether the answer was given at once */
  private serve(message: CallMessage | Quit): boolean {
    if (message === QUIT) process.exit();
    const answer = this.performer.perform(message);
    if (isPromise(answer)) {
      answer.then((late) => {
        this.answer(late);
        this.linger();
      });
      return false;
    }
    this.answer(answer);
    return true;
  }

  private async load(module: string): Promise<Record<string, unknown>> {
    const { words } = this.data;
    Atomics.store(words, LOADING, 1);
    try {
      return await import(module);
    } finally {
      Atomics.store(words, LOADING, 0);
      if (Atomics.load(words, DOOMED) === 1) process.exit();
    }
  }

  private linger(): void {
    const { port, words } = this.data;
    const until = performance.now() + STRETCH_MS;
    while (performance.now() < until) {
      const seen = Atomics.load(words, REQUESTS);
      const entry = receiveMessageOnPort(port);
      if (entry !== undefined) {
        if (!this.serve(entry.message as CallMessage | Quit)) return;
      } else if (Atomics.wait(words, REQUESTS, seen, LINGER_MS) === "timed-out") return;
    }
  }

  private answer(answer: Answer): void {
    try {
      this.send(answer);
    } catch (error) {
      this.send(failure(error));
    }
  }

  private send(answer: Answer): void {
    const { port, words, signal } = this.data;
    const transfers = answer[0] === RESULT ? transfersOf(answer) : [];
    // An empty list costs more than none.
    if (transfers.length === 0) port.postMessage(answer);
    else port.postMessage(answer, transfers);
    Atomics.add(words, ANSWERS, 1);
    Atomics.add(signal, 0, 1);
    Atomics.notify(signal, 0);
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
