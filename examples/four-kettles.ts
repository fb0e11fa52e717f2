/**
 * Four ways to call a function that takes its time, with a kettle. Synchronous: one asks for the result oneself. Asynchronous:
 * one is told. Blocking: one does nothing else meanwhile.
 *
 *     node dist/examples/four-kettles.js
 */
import { setTimeout as heat } from "node:timers/promises";
import { isMainThread } from "node:worker_threads";
import { run, sleep, spawn } from "pentio";
import { ThreadPoolExecutor, workerModule } from "pentio/executors";

export async function boil(kettle: string): Promise<string> {
  await heat(100);
  return `${kettle} boils`;
}

/** This module itself, as the workers load it. */
const stove = workerModule<typeof import("./four-kettles.ts")>(import.meta.url);

if (isMainThread) {
  await using executor = new ThreadPoolExecutor({ maxWorkers: 1 });
  executor.submit(stove.boil, "the first kettle, to warm up the stove").resultSync();

  // Synchronous and blocking: stand there and watch it.
  console.log(executor.submit(stove.boil, "the watched kettle").resultSync());

  // Synchronous, not blocking: look after it now and then.
  await run(function* () {
    const kettle = executor.submit(stove.boil, "the visited kettle");
    console.log("reading the paper");
    while (!kettle.done) yield* sleep(10);
    console.log(kettle.resultSync());
  });

  // Asynchronous and blocking: it whistles, and one waits for the whistle all the same.
  const whistling = executor.submit(stove.boil, "the whistling kettle");
  whistling.addDoneCallback((kettle) => console.log(`whistle: ${kettle.resultSync()}`));
  whistling.resultSync();

  // Asynchronous, not blocking: it whistles, and the evening goes on.
  await run(function* () {
    yield* spawn(function* () {
      console.log(`whistle: ${yield* executor.submit(stove.boil, "the forgotten kettle").result()}`);
    });
    console.log("watching television");
  });
}
