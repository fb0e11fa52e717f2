/** A thread for the tests of shared memory; `workerData` says what it does. It posts "ready" once it is about to. */
import { parentPort, workerData } from "node:worker_threads";
import { type Model, run, spawn } from "../../src/index.ts";
import {
  Connection,
  openMailbox,
  SharedChannel,
  type SharedChannelAddress,
  SharedMutex,
  type SharedMutexAddress,
} from "../../src/ipc/index.ts";
import { partiesOf, SENDS } from "../../src/ipc/shared-parties.ts";
import { currentLoop } from "../../src/task/index.ts";

/** What a thread can be told to do. */
export type ThreadWork =
  | {
      readonly does: "send";
      readonly channel: SharedChannelAddress<unknown>;
      readonly from: number;
      readonly count: number;
    }
  | {
      readonly does: "post";
      readonly channel: SharedChannelAddress<unknown>;
      readonly from: number;
      readonly count: number;
    }
  | { readonly does: "receive"; readonly channel: SharedChannelAddress<unknown>; readonly tasks?: number }
  | {
      readonly does: "join";
      readonly channel: SharedChannelAddress<unknown>;
      readonly role: "send" | "receive";
    }
  | {
      readonly does: "count";
      readonly mutex: SharedMutexAddress;
      readonly memory: SharedArrayBuffer;
      readonly count: number;
    }
  | { readonly does: "hold"; readonly mutex: SharedMutexAddress }
  | { readonly does: "seize"; readonly channel: SharedChannelAddress<unknown> }
  | { readonly does: "echo"; readonly fd: number }
  | {
      readonly does: "exchange";
      readonly channel: SharedChannelAddress<unknown>;
      readonly back: SharedChannelAddress<unknown>;
    };

const { work, model } = workerData as { readonly work: ThreadWork; readonly model: Model };
const port = parentPort!;

function* send({ channel, from, count }: ThreadWork & { does: "send" }) {
  const sending = SharedChannel.open(channel, { role: "send" });
  port.postMessage("ready");
  for (let i = from; i < from + count; i++) yield* sending.send(i);
}

function* post({ channel, from, count }: ThreadWork & { does: "post" }) {
  const mailbox = openMailbox(channel);
  port.postMessage("ready");
  for (let i = from; i < from + count; i++) yield* mailbox.post(i);
}

/** Posts what each of its tasks has received, when the channel is closed. */
function* receive({ channel, tasks = 1 }: ThreadWork & { does: "receive" }) {
  const receiving = SharedChannel.open(channel, { role: "receive" });
  const got: unknown[] = [];
  let left = tasks;
  for (let i = 0; i < tasks; i++) {
    yield* spawn(function* () {
      for (let next = yield* receiving.next(); !next.done; next = yield* receiving.next())
        got.push(next.value);
      if (--left === 0) port.postMessage(got);
    });
  }
  port.postMessage("ready");
}

/** Counts a number up that is nothing without the mutex: read, wait, write. */
function* count({ mutex, memory, count }: ThreadWork & { does: "count" }) {
  const shared = SharedMutex.open(mutex);
  const words = new Int32Array(memory);
  for (let task = 0; task < 2; task++) {
    yield* spawn(function* () {
      for (let i = 0; i < count; i++) {
        using _ = yield* shared.lock();
        const before = words[0]!;
        for (let look = 0; look < 200; look++) Atomics.load(words, 1);
        words[0] = before + 1;
      }
    });
  }
}

function* hold({ mutex }: ThreadWork & { does: "hold" }) {
  yield* SharedMutex.open(mutex).lock();
  port.postMessage("ready");
}

/** Locks the memory, and never unlocks it. */
function seize({ channel }: ThreadWork & { does: "seize" }): never {
  partiesOf(channel.memory, currentLoop(), SENDS).lock();
  port.postMessage("ready");
  for (;;);
}

/** Until it is told "go", which it does without closing anything. */
function* echo({ fd }: ThreadWork & { does: "echo" }) {
  const connection = Connection.fromDescriptor(fd);
  port.postMessage("ready");
  for (;;) {
    const message = yield* connection.receive();
    if (message === "go") process.exit();
    yield* connection.send(message);
  }
}

/** Receives and posts without end. */
function* exchange({ channel, back }: ThreadWork & { does: "exchange" }) {
  const receiving = SharedChannel.open(channel, { role: "receive" });
  const mailbox = openMailbox(back);
  port.postMessage("ready");
  yield* spawn(function* () {
    for (;;) yield* receiving.receive();
  });
  for (let i = 0; ; i++) yield* mailbox.post(i % 2 === 0 ? i : { i });
}

await run(
  function* () {
    if (work.does === "send") yield* send(work);
    else if (work.does === "post") yield* post(work);
    else if (work.does === "receive") yield* receive(work);
    else if (work.does === "count") yield* count(work);
    else if (work.does === "hold") yield* hold(work);
    else if (work.does === "seize") seize(work);
    else if (work.does === "echo") yield* echo(work);
    else if (work.does === "exchange") yield* exchange(work);
    else {
      SharedChannel.open(work.channel, { role: work.role });
      port.postMessage("ready");
    }
    // Until the test ends the thread.
    if (work.does === "hold" || work.does === "join") port.on("message", () => {});
  },
  { model },
);
