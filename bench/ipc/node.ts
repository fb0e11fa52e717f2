/** Messages by Node itself, for `measure.js`: `child.send`, and `worker.postMessage`. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { processCpuNs } from "../../src/sys/index.ts";

export const batchSize = 5000;

let child: ChildProcess | undefined;
let thread: Worker | undefined;

function program(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}

function startProcess(): ChildProcess {
  return fork(program("counting-process"), { serialization: "advanced" });
}

/** A thread that answers each batch. */
function startThread(batchSize: number): Worker {
  return new Worker(program("counting-thread"), { workerData: { batchSize } });
}

/** What the process has used, which is not this one. */
export function cpuMicrosElsewhere(): number {
  return child ? processCpuNs(child.pid!) / 1000 : 0;
}

/** Without waiting for each, which costs Node more. */
export async function processMessages(count: number) {
  child ??= startProcess();
  const answer = once(child, "message");
  for (let left = count - 1; left >= 0; left--) child.send(left);
  await answer;
}

export function processRoundTrips(count: number) {
  child ??= startProcess();
  const to = child;
  return roundTrips(to, () => to.send(0), count);
}

export async function threadMessages(count: number) {
  thread ??= startThread(batchSize);
  const answer = once(thread, "message");
  for (let i = 0; i < count; i++) thread.postMessage(i);
  await answer;
}

export function threadRoundTrips(count: number) {
  thread ??= startThread(1);
  const to = thread;
  return roundTrips(to, () => to.postMessage(0), count);
}

/** By callbacks, for a promise each time would cost Node more. */
function roundTrips(answers: ChildProcess | Worker, send: () => void, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    answers.on("message", function answered() {
      if (--left > 0) {
        send();
        return;
      }
      answers.off("message", answered);
      resolve();
    });
    send();
  });
}
