/**
 * Four ways to call a function that takes its time, with a kettle. Synchronous: one asks for the result oneself. Asynchronous:
 * one is told. Blocking: one does nothing else meanwhile.
 *
 *     node dist/examples/four-kettles.js [watched|visited|whistling|forgotten]
 *
 * What each prints stands above it; "…" are more of such lines, and how many depends on the machine.
 */
import { setTimeout as heat } from "node:timers/promises";
import { isMainThread } from "node:worker_threads";
import { run, sleep, spawn } from "pentio";
import { ThreadPoolExecutor, workerModule } from "pentio/executors";

/** How long a kettle takes. Workers see the environment, too. */
const HEAT_MS = Number(process.env.HEAT_MS ?? 100);

export async function boil(kettle: string): Promise<string> {
  await heat(HEAT_MS);
  return `${kettle} boils`;
}

export function light(): void {}

/** This module itself, as the workers load it. */
const stove = workerModule<typeof import("./four-kettles.ts")>(import.meta.url);

/**
 * Synchronous and blocking: stand there and watch it.
 *
 * ```text
 * standing at the stove
 * the watched kettle boils
 * ```
 */
function watched(executor: ThreadPoolExecutor): void {
  console.log("standing at the stove");
  console.log(executor.submit(stove.boil, "the watched kettle").resultSync());
}

/**
 * Synchronous, not blocking: look after it now and then.
 *
 * ```text
 * reading page 1 of the paper
 * …
 * the visited kettle boils
 * ```
 */
async function visited(executor: ThreadPoolExecutor): Promise<void> {
  await run(function* () {
    const kettle = executor.submit(stove.boil, "the visited kettle");
    for (let page = 1; !kettle.done; page++) {
      console.log(`reading page ${page} of the paper`);
      yield* sleep(HEAT_MS / 8);
    }
    console.log(kettle.resultSync());
  });
}

/**
 * Asynchronous and blocking: it whistles, and one waits for the whistle all the same.
 *
 * ```text
 * listening for the whistle
 * whistle: the whistling kettle boils
 * ```
 */
function whistling(executor: ThreadPoolExecutor): void {
  console.log("listening for the whistle");
  const kettle = executor.submit(stove.boil, "the whistling kettle");
  kettle.addDoneCallback((kettle) => console.log(`whistle: ${kettle.resultSync()}`));
  kettle.resultSync();
}

/**
 * Asynchronous, not blocking: it whistles, and the evening goes on.
 *
 * ```text
 * watching channel 1
 * …
 * whistle: the forgotten kettle boils
 * ```
 */
async function forgotten(executor: ThreadPoolExecutor): Promise<void> {
  await run(function* () {
    const evening = yield* spawn(function* () {
      for (let channel = 1; ; channel++) {
        console.log(`watching channel ${channel}`);
        yield* sleep(HEAT_MS / 8);
      }
    });
    console.log(`whistle: ${yield* executor.submit(stove.boil, "the forgotten kettle").result()}`);
    yield* evening.cancel();
  });
}

if (isMainThread) {
  await using executor = new ThreadPoolExecutor({ maxWorkers: 1 });
  executor.submit(stove.light).resultSync();
  const ways = { watched, visited, whistling, forgotten };
  const chosen = process.argv[2];
  for (const [name, way] of Object.entries(ways)) {
    if (chosen === undefined || chosen === name) await way(executor);
  }
}
