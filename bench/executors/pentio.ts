/** Empty calls by Pentio's executors, for `measure.js`. */
import { type Future, ProcessPoolExecutor, ThreadPoolExecutor, workerModule } from "pentio/executors";

export const batchSize = 2000;

const work = workerModule<typeof import("./work.ts")>(new URL("./work.js", import.meta.url));
const threads = new ThreadPoolExecutor({ maxWorkers: 1 });
const processes = new ProcessPoolExecutor({ maxWorkers: 1 });

/** What the processes have used, which are not this one. */
export function cpuMicrosElsewhere(): number {
  return processes.size === 0 ? 0 : processes.submit(work.cpuMicros).resultSync();
}

export const threadRoundTrips = (count: number) => roundTrips(threads, count);
export const threadBatches = (count: number) => batch(threads, count);
export const processRoundTrips = (count: number) => roundTrips(processes, count);
export const processBatches = (count: number) => batch(processes, count);

async function roundTrips(executor: ThreadPoolExecutor, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await executor.submit(work.nothing).result();
}

async function batch(executor: ThreadPoolExecutor, count: number): Promise<void> {
  const futures: Future<void>[] = [];
  for (let i = 0; i < count; i++) futures.push(executor.submit(work.nothing));
  for (const future of futures) await future.result();
}
