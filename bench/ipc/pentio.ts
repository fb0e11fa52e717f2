/** Messages by Pentio, for `measure.js`: to a process that counts them, and to a thread. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { run } from "pentio";
import { Mailbox, openMailbox, pipe, type SharedChannelAddress } from "pentio/ipc";

export const batchSize = 5000;

function program(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}

function startProcess() {
  const [ours, theirs] = pipe<number>();
  const env = { ...process.env, PENTIO_CONNECTION: "3" };
  spawn(process.execPath, [program("counting-process")], {
    stdio: ["ignore", "inherit", "inherit", theirs.fd],
    env,
  });
  theirs.close().then();
  return ours;
}

let connection: ReturnType<typeof startProcess> | undefined;
let thread: Promise<ReturnType<typeof openMailbox<number>>> | undefined;
const answers = new Mailbox<number>();

async function startThread() {
  const worker = new Worker(program("counting-thread"), {
    workerData: { answers: answers.address, batchSize },
  });
  const [address] = (await once(worker, "message")) as [SharedChannelAddress<number>];
  return openMailbox(address);
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

/** The thread answers when it has got as many. */
export async function threadMessages(count: number) {
  thread ??= startThread();
  const mailbox = await thread;
  await run(function* () {
    for (let i = 0; i < count; i++) yield* mailbox.post(i);
    yield* answers.receive();
  });
}
