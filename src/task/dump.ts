import { constants } from "node:os";
import { isMainThread } from "node:worker_threads";
import { canLoopsWake } from "../loop/index.ts";
import { forest } from "./forest.ts";
import { formatTasks } from "./snapshot.ts";
import type { Task } from "./task.ts";

/** When the tree of tasks is printed by itself. */
export interface TaskDumpOptions {
  /**
   * The signal that has the main thread print its tasks to stderr; null for none. Default: what the environment variable
   * PENTIO_DUMP_SIGNAL says, a name or "off", or else SIGUSR2. Signals reach the main thread only.
   */
  readonly signal?: NodeJS.Signals | null;
  /** Whether tasks that nothing can wake any more are told of in a warning, PENTIO_DEADLOCK. Default true. */
  readonly deadlocks?: boolean;
}

let signal: NodeJS.Signals | null = "SIGUSR2";
let tellsDeadlocks = true;
let isWatching = false;
/** Each tree is told of once, for others may go on. */
const told = new WeakSet<Task<unknown>>();

/**
 * Says when the tree of tasks is printed by itself. By default it is on SIGUSR2, from the first task on, and when the
 * process is about to end although tasks still wait: nothing is left that could wake them, so they have deadlocked.
 *
 * @throws ERR_UNKNOWN_SIGNAL
 */
export function configureTaskDump(options: TaskDumpOptions): void {
  watchTasks();
  if (options.deadlocks !== undefined) tellsDeadlocks = options.deadlocks;
  if (options.signal !== undefined) listenTo(options.signal);
}

/** Called when a tree is started. */
export function watchTasks(): void {
  if (isWatching) return;
  isWatching = true;
  process.on("beforeExit", tellDeadlock);
  const name = process.env.PENTIO_DUMP_SIGNAL || "SIGUSR2";
  try {
    listenTo(name === "off" ? null : (name as NodeJS.Signals));
  } catch {
    process.emitWarning(
      `PENTIO_DUMP_SIGNAL takes the name of a signal or "off", not "${name}"; it is off now`,
      {
        code: "PENTIO_INVALID_ENVIRONMENT",
      },
    );
  }
}

function listenTo(next: NodeJS.Signals | null): void {
  if (next !== null && !(next in constants.signals))
    throw Object.assign(new TypeError(`Unknown signal: ${next}`), { code: "ERR_UNKNOWN_SIGNAL" });
  if (!isMainThread) return;
  if (signal !== null) process.off(signal, printTasks);
  if (next !== null) process.on(next, printTasks);
  signal = next;
}

function printTasks(): void {
  process.stderr.write(`Tasks of process ${process.pid}:\n${formatTasks() || "none"}\n`);
}

function tellDeadlock(): void {
  if (!tellsDeadlocks || canLoopsWake()) return;
  const stuck = [...forest].filter((root) => !told.has(root));
  if (stuck.length === 0) return;
  for (const root of stuck) told.add(root);
  process.emitWarning(
    `Tasks wait for each other, or for what nobody will do any more: nothing is left that could wake them.\n${formatTasks()}`,
    { code: "PENTIO_DEADLOCK" },
  );
}
