import { type Loop, loopFor, type ModelChoice } from "../loop/index.ts";
import { Task } from "./task.ts";

/**
 * The loop that an operation belongs to: that of the model asked for, or else of the task that runs, or else this
 * thread's default.
 */
export function currentLoop(model?: ModelChoice): Loop {
  if (model !== undefined) return loopFor(model);
  return Task.current?.loop ?? loopFor();
}
