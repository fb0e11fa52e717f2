/** Messages by Pentio, for `measure.js`: to a process that counts them, and to a thread. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { run } from "pentio";
import { Mailbox, openMailbox, pipe, type SharedChannelAddress } from "pentio/ipc";
import { processCpuNs } from "../../src/sys/index.ts";

export const batchSize = 5000;

function program(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}

let child: ChildProcess | undefined;

/** What the process has used, which is not this one. */
export function cpuMicrosElsewhere(): number {
  return child ? processCpuNs(child.pid!) / 1000 : 0;
}

function startProcess() {
  const [ours, theirs] = pipe<number>();
  const env = { ...process.env, PENTIO_CONNECTION: "3" };
  child = spawn(process.execPath, [program("counting-process")], {
    stdio: ["ignore", "inherit", "inherit", theirs.fd],
    env,
  });
  theirs.close().then();
  return ours;
}

let connection: ReturnType<typeof startProcess> | undefined;
let thread: ReturnType<typeof startThread> | undefined;

/** A thread that answers each batch. */
async function startThread(batchSize: number) {
  const answers = new Mailbox<number>();
  const worker = new Worker(program("counting-thread"), {
    workerData: { answers: answers.address, batchSize },
  });
  const [address] = (await once(worker, "message")) as [SharedChannelAddress<number>];
  return { mailbox: openMailbox(address), answers };
}

/** The process answers the last of them. */
export function processMessages(count: number) {
  connection ??= startProcess();
  const to = connection;
  return run(function* () {
    for (let left = count - 1; left >= 0; left--) yield* to.send(left);
    yield* to.receive();
  });
}

export function processRoundTrips(count: number) {
  connection ??= startProcess();
  const to = connection;
  return run(function* () {
    for (let i = 0; i < count; i++) {
      yield* to.send(0);
      yield* to.receive();
    }
  });
}

/** The thread answers when it has got as many. */
export async function threadMessages(count: number) {
  thread ??= startThread(batchSize);
  const { mailbox, answers } = await thread;
  await run(function* () {
    for (let i = 0; i < count; i++) yield* mailbox.post(i);
    yield* answers.receive();
  });
}

export async function threadRoundTrips(count: number) {
  thread ??= startThread(1);
  const { mailbox, answers } = await thread;
  await run(function* () {
    for (let i = 0; i < count; i++) {
      yield* mailbox.post(i);
      yield* answers.receive();
    }
  });
}
