import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** The words of the block that the sender's thread shares: what it sleeps on, and the numbers behind it. */
export const STATE = 0;
const WORDS = 2;
export const PORT = 0;
export const DELAY_MS = 1;
export const SIZE_BYTES = 2;
export const SENT_US = 3;
const NUMBERS = 4;

/** Values of {@link STATE}. */
export const IDLE = 0;
export const ASKED = 1;

/** What its thread is started with. */
export type SenderBlock = SharedArrayBuffer;

export function wordsOf(block: SenderBlock): Int32Array {
  return new Int32Array(block, 0, WORDS);
}

export function numbersOf(block: SenderBlock): Float64Array {
  return new Float64Array(block, WORDS * 4, NUMBERS);
}

/** A thread that waits a while and sends a datagram, as the thread that asks for it sees it. */
export class Sender {
  private readonly block = new SharedArrayBuffer(WORDS * 4 + NUMBERS * 8);
  private readonly words = wordsOf(this.block);
  private readonly numbers = numbersOf(this.block);
  private readonly worker = new Worker(new URL("./sender-program.js", import.meta.url), {
    workerData: this.block satisfies SenderBlock,
  });

  constructor() {
    this.worker.unref();
  }

  /** Waits until it has come to work. */
  async ready(): Promise<void> {
    await once(this.worker, "message");
  }

  /** Has it send {@link payload} to a port of 127.0.0.1, `delayMs` from now or a little later. */
  send(port: number, sizeBytes: number, delayMs: number): void {
    this.numbers[PORT] = port;
    this.numbers[SIZE_BYTES] = sizeBytes;
    this.numbers[DELAY_MS] = delayMs;
    Atomics.store(this.words, STATE, ASKED);
    Atomics.notify(this.words, STATE);
  }

  /** When it began to send, once the datagram is there: microseconds of the monotonic clock. */
  get sentUs(): number {
    return this.numbers[SENT_US]!;
  }
}

/** What is sent, so that every byte can be checked. */
export function payload(sizeBytes: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(sizeBytes);
  for (let i = 0; i < sizeBytes; i++) bytes[i] = (i * 31) % 251;
  return bytes;
}
