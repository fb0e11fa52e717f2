export { withSignal } from "./abort-signals.ts";
export { all, allSettled, type Settled } from "./all.ts";
export type { Chain } from "./awaiting.ts";
export { ContextVariable, runInStorage } from "./context.ts";
export { type Body, type ResultOf, toCoroutine, type Waitable } from "./coroutine.ts";
export { CoroutineOperation } from "./coroutine-operation.ts";
export { currentLoop } from "./current-loop.ts";
export { configureTaskDump, type TaskDumpOptions } from "./dump.ts";
export { CancelledError, misuse } from "./errors.ts";
export {
  type Coroutine,
  fastConstructor,
  getRunner,
  Operation,
  type Suspension,
  type Waiter,
} from "./operation.ts";
export { call, until } from "./promises.ts";
export { any, race } from "./race.ts";
export { type RetryOptions, retry } from "./retry.ts";
export { type RunOptions, run, type SpawnOptions, spawn } from "./run.ts";
export { scope } from "./scope.ts";
export { shield } from "./shield.ts";
export { sleep } from "./sleep.ts";
export { formatTasks, snapshotTasks, type TaskSnapshot } from "./snapshot.ts";
export { locate } from "./source-location.ts";
export { Task, type TaskState } from "./task.ts";
export { deadline, TimeoutError, timeout } from "./timeout.ts";
