/** The types of `pentio/executors` as a program sees them: tested by the compiler, and never called. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  asCompleted,
  type Executor,
  type Future,
  Pool,
  ThreadPoolExecutor,
  type WorkerFunction,
  wait,
  workerModule,
} from "../../src/executors/index.ts";
import type { Coroutine } from "../../src/index.ts";
import type * as work from "../support/worker-tasks.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for the type `true`. */
function holds<T extends true>(): T | undefined {
  return undefined;
}

const tasks = workerModule<typeof work>("file:///tasks.js");

export function* executors(executor: Executor): Coroutine<void> {
  holds<Same<typeof tasks.add, WorkerFunction<[a: number, b: number], number>>>();
  const future = executor.submit(tasks.add, 1, 2);
  holds<Same<typeof future, Future<number>>>();
  const sum = yield* future.result();
  holds<Same<typeof sum, number>>();
  const blocked = future.resultSync(5);
  holds<Same<typeof blocked, number>>();
  const bytes = executor.submit(tasks.makeBytes.with({ timeoutMs: 5, priority: 1 }), 3);
  holds<Same<typeof bytes, Future<Uint8Array>>>();
  const enqueued = yield* executor.enqueue(tasks.add, 1, 2);
  holds<Same<typeof enqueued, Future<number>>>();
  const { done } = yield* wait([future, bytes]);
  holds<Same<typeof done, ReadonlySet<Future<number> | Future<Uint8Array>>>>();
  yield* executor.shutdown({ cancelFutures: true });

  // @ts-expect-error: an argument too few
  executor.submit(tasks.add, 1);
  // @ts-expect-error: an argument of another type
  executor.submit(tasks.add, 1, "2");
  // @ts-expect-error: a closure
  executor.submit(() => 1);
  // @ts-expect-error: no function
  executor.submit(tasks.notAFunction);
}

export async function maps(executor: Executor, pool: Pool): Promise<void> {
  for await (const sum of executor.map(tasks.add, [1], new Set([2]), { chunkSize: 3 }))
    holds<Same<typeof sum, number>>();
  for await (const future of asCompleted([executor.submit(tasks.add, 1, 2)]))
    holds<Same<typeof future, Future<number>>>();
  const counts = await pool.map(tasks.countBytes, [new Uint8Array(1)]);
  holds<Same<typeof counts, number[]>>();
  const sums = pool.starmapAsync(tasks.add, [[1, 2]], {
    callback: (all) => void holds<Same<typeof all, number[]>>(),
  });
  holds<Same<ReturnType<typeof sums.getSync>, number[]>>();
  // @ts-expect-error: inputs of another type
  pool.map(tasks.countBytes, ["text"]);
  // @ts-expect-error: an iterable too few
  executor.map(tasks.add, [1]);
}

describe("the types of executors", () => {
  it("are what the compiler has found above", () => {
    assert.ok(ThreadPoolExecutor.prototype && Pool.prototype);
  });
});
