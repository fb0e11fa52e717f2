/**
 * A pipeline over processes and threads: a process produces numbers and puts them into a queue, two threads take them, work
 * on them and post what comes out to the mailbox of the main thread, which adds it up. Each part waits for the next when
 * it is slower.
 *
 *     node dist/examples/worker-pipeline.js
 */
import { spawn as startProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { type Coroutine, run } from "pentio";
import {
  Connection,
  Mailbox,
  openMailbox,
  ProcessQueue,
  pipe,
  type SharedChannelAddress,
  serveQueue,
} from "pentio/ipc";

const program = fileURLToPath(import.meta.url);

/** What a thread is given. */
interface Place {
  /** The descriptor of its connection to the queue; it is the thread's now. */
  readonly queue: number;
  readonly results: SharedChannelAddress<number>;
}

function* produce(): Coroutine<void> {
  const queue = new ProcessQueue<number>(Connection.fromEnvironment());
  for (let n = 1; n <= 1000; n++) yield* queue.put(n);
  yield* queue.close();
  yield* queue.leave();
}

function* work({ queue: descriptor, results }: Place): Coroutine<void> {
  const queue = new ProcessQueue<number>(Connection.fromDescriptor(descriptor));
  const mailbox = openMailbox(results);
  for (let next = yield* queue.next(); !next.done; next = yield* queue.next())
    yield* mailbox.post(next.value * next.value);
  yield* queue.leave();
}

function* main(): Coroutine<void> {
  const server = yield* serveQueue<number>({ capacity: 50 });
  const mailbox = new Mailbox<number>();
  const [ours, theirs] = pipe();
  server.attach(ours);
  startProcess(process.execPath, [program], {
    stdio: ["inherit", "inherit", "inherit", theirs.fd],
    env: { ...process.env, PENTIO_CONNECTION: "3" },
  });
  yield* theirs.close();
  for (let thread = 0; thread < 2; thread++) {
    const [ours, theirs] = pipe();
    server.attach(ours);
    const place: Place = { queue: theirs.detach(), results: mailbox.address };
    new Worker(program, { workerData: place });
  }
  let sum = 0;
  for (let count = 0; count < 1000; count++) sum += yield* mailbox.receive();
  yield* server.emptying();
  yield* server.stop();
  console.log(`the sum of the first 1,000 squares is ${sum.toLocaleString("en")}`);
}

if (!isMainThread) await run(() => work(workerData));
else if (process.env.PENTIO_CONNECTION) await run(produce);
else await run(main);
