/** Messages by Node itself, for `measure.js`: `child.send`, and `worker.postMessage`. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

export const batchSize = 5000;

let child: ChildProcess | undefined;
let thread: Worker | undefined;

function program(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}

/** Without waiting for each, which costs Node more. */
export async function processMessages(count: number) {
  child ??= fork(program("counting-process"), { serialization: "advanced" });
  const answer = once(child, "message");
  for (let left = count - 1; left >= 0; left--) child.send(left);
  await answer;
}

export async function threadMessages(count: number) {
  thread ??= new Worker(program("counting-thread"), { workerData: { batchSize } });
  const answer = once(thread, "message");
  for (let i = 0; i < count; i++) thread.postMessage(i);
  await answer;
}
