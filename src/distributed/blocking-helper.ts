import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { BlockingData, News } from "./blocking-data.ts";
import type { DistributedSettings } from "./distributed-options.ts";
import type { Ticket } from "./job-data.ts";

/** A thread that listens to Redis in the place of one that is blocked. It stays for the next time. */
export class BlockingHelper {
  private readonly port;
  private readonly signal = new Int32Array(new SharedArrayBuffer(4));
  private readonly thread: Worker;

  constructor(settings: DistributedSettings) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const workerData: BlockingData = { settings, port: port2, signal: this.signal };
    this.thread = new Worker(programUrl(), {
      workerData,
      transferList: [port2],
      execArgv: [],
      name: "pentio distributed",
    });
    this.thread.unref();
  }

  /**
   * Blocks the thread until a job has ended, which is added first: that may be still to be done, and will not be while this
   * thread is blocked.
   *
   * @returns what is told of it, or of all jobs; null when the time is up
   */
  wait(ticket: Ticket, timeoutMs: number): News | null {
    const deadline = performance.now() + timeoutMs;
    this.port.postMessage(ticket);
    for (;;) {
      const seen = Atomics.load(this.signal, 0);
      const entry = receiveMessageOnPort(this.port);
      if (entry === undefined) {
        const leftMs = deadline - performance.now();
        if (leftMs <= 0) return null;
        Atomics.wait(this.signal, 0, seen, leftMs);
        continue;
      }
      const news = entry.message as News;
      const [id] = news;
      if (id === ticket.id || id === null) return news;
    }
  }

  close(): void {
    this.thread.terminate();
  }
}

/** The thread's program as the package has it bundled, for a thread should start fast. */
function programUrl(): URL {
  const manifest = createRequire(import.meta.url).resolve("pentio/package.json");
  return new URL("dist/lib/distributed/blocking-program.js", pathToFileURL(manifest));
}
