export type { Chain } from "./awaiting.ts";
export { currentLoop } from "./current-loop.ts";
export { CancelledError, misuse } from "./errors.ts";
export { type Coroutine, Operation, type Suspension } from "./operation.ts";
export { type Body, type RunOptions, run, type SpawnOptions, spawn, toCoroutine } from "./run.ts";
export { sleep } from "./sleep.ts";
export { locate } from "./source-location.ts";
export { Task, type TaskState } from "./task.ts";
