import { constants } from "node:os";
import { isMainThread, MessageChannel, type MessagePort } from "node:worker_threads";

/** Where events come from other than by `post`: other threads, and signals. None of it keeps the process alive. */
export class EventSources<E> {
  private readonly accept: (event: E) => void;
  private readonly ports = new Set<MessagePort>();
  private readonly stops = new Set<() => void>();

  constructor(accept: (event: E) => void) {
    this.accept = accept;
  }

  /** @returns the other thread's end */
  openPort(): MessagePort {
    const { port1: ours, port2: theirs } = new MessageChannel();
    ours.on("message", this.accept);
    ours.on("messageerror", (error) => {
      throw error;
    });
    ours.once("close", () => this.ports.delete(ours));
    ours.unref();
    this.ports.add(ours);
    return theirs;
  }

  /** @returns ends it */
  listenTo(signal: NodeJS.Signals, event: E): () => void {
    checkSignal(signal);
    const listener = () => this.accept(event);
    const stop = () => {
      process.off(signal, listener);
      this.stops.delete(stop);
    };
    process.on(signal, listener);
    this.stops.add(stop);
    return stop;
  }

  close(): void {
    for (const port of this.ports) port.close();
    for (const stop of this.stops) stop();
  }
}

function checkSignal(signal: string): void {
  if (!isMainThread) {
    const error = new Error(
      "Only the main thread receives signals: listen there, and give the Worker a port() or a message",
    );
    throw Object.assign(error, { code: "ERR_WORKER_UNSUPPORTED_OPERATION" });
  }
  if (signal in constants.signals) return;
  throw Object.assign(new TypeError(`Unknown signal: ${signal}`), { code: "ERR_UNKNOWN_SIGNAL" });
}
