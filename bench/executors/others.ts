/** The same by the pool libraries themselves, for `measure.js`. */
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import workerpool from "workerpool";

export const batchSize = 2000;

const filename = fileURLToPath(new URL("./work.js", import.meta.url));
const library = fileURLToPath(new URL("./workerpool-worker.js", import.meta.url));

let piscina: Piscina | undefined;
let threads: workerpool.Pool | undefined;

export const piscinaRoundTrips = (count: number) => roundTrips(count, runInPiscina);
export const piscinaBatches = (count: number) => batch(count, runInPiscina);
export const workerpoolRoundTrips = (count: number) => roundTrips(count, runInWorkerpool);
export const workerpoolBatches = (count: number) => batch(count, runInWorkerpool);

function runInPiscina(): PromiseLike<unknown> {
  piscina ??= new Piscina({ filename, minThreads: 1, maxThreads: 1 });
  return piscina.run(undefined, { name: "nothing" });
}

function runInWorkerpool(): PromiseLike<unknown> {
  threads ??= workerpool.pool(library, { workerType: "thread", maxWorkers: 1 });
  return threads.exec("nothing") as unknown as PromiseLike<unknown>;
}

async function roundTrips(count: number, call: () => PromiseLike<unknown>): Promise<void> {
  for (let i = 0; i < count; i++) await call();
}

async function batch(count: number, call: () => PromiseLike<unknown>): Promise<void> {
  const promises: PromiseLike<unknown>[] = [];
  for (let i = 0; i < count; i++) promises.push(call());
  for (const promise of promises) await promise;
}
