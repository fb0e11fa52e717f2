/** A process for the tests of pipes and queues: `node ipc-process.js WHAT …`. It has a connection in its environment. */
import { writeSync } from "node:fs";
import { run } from "../../src/index.ts";
import { Connection, connectQueue } from "../../src/ipc/index.ts";
import { GET } from "../../src/ipc/queue-messages.ts";

const [what, ...args] = process.argv.slice(2);
const number = Number(args[0]);

/** Stays until it is killed. */
function stay(): void {
  setInterval(() => {}, 1000);
}

function* producer(path: string, from: number, count: number) {
  const queue = yield* connectQueue<number>(path);
  for (let i = from; i < from + count; i++) yield* queue.put(i);
  yield* queue.leave();
}

/** Says which items it has got, and goes when the queue is closed. */
function* consumer(path: string) {
  const queue = yield* connectQueue<number>(path);
  const got: number[] = [];
  for (let next = yield* queue.next(); !next.done; next = yield* queue.next()) got.push(next.value);
  console.log(JSON.stringify(got));
  yield* queue.leave();
}

await run(function* () {
  if (what === "produce") yield* producer(args[0]!, Number(args[1]), Number(args[2]));
  else if (what === "consume") yield* consumer(args[0]!);
  else if (what === "partial") {
    // The header of a frame, and less than it announces.
    writeSync(Number(process.env.PENTIO_CONNECTION), Buffer.from([100, 0, 0, 0, 1, 2, 3]));
    console.log("written");
    stay();
  } else {
    const connection = Connection.fromEnvironment<unknown>();
    if (what === "count") {
      for (let i = 0; i < number; i++) yield* connection.send(i);
    } else if (what === "echo") {
      for (let next = yield* connection.next(); !next.done; next = yield* connection.next())
        yield* connection.send(next.value);
    } else if (what === "flood") for (;;) yield* connection.send(Buffer.alloc(100_000));
    else {
      // Asks a queue for an item, or nothing; and does not listen.
      if (what === "ask") yield* connection.send([GET, 1]);
      console.log(what);
      stay();
      return;
    }
    yield* connection.close();
  }
});
