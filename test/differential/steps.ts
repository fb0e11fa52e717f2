import { type Body, type Coroutine, type Operation, sleep, spawn } from "../../src/index.ts";
import { settle } from "../support/coroutines.ts";
import type { End, PentioEnd } from "./ends.ts";
import { Fault, FrameReader, flowBytes, frame } from "./frames.ts";
import { type Flow, otherSide, type Reading, type Side, type Step } from "./program.ts";

/** A connection that stands, and what gives each stream of messages a number of its own. */
export interface Connection {
  readonly client: End;
  readonly server: End;
  nextStream(): number;
}

/** Does a step, and tells what has come of it: the same on every model. */
export function* perform(connection: Connection, step: Step): Coroutine<string> {
  switch (step.kind) {
    case "transfer":
      return yield* transfer(connection, step.flows);
    case "cancel a read":
      return yield* cancelled(() => connection[step.side].read(), step.turns);
    case "cancel a writer":
      return yield* cancelWriter(connection, step.from, step.bytes, step.turns);
    case "read twice at once":
      return yield* readTwice(connection, step.side, step.bytes);
    case "sleep":
      yield* sleep(step.delayMs);
      return "slept";
  }
}

/** Lets Node's loop go round. */
export function* turns(count: number): Coroutine<void> {
  for (let i = 0; i < count; i++) yield* settle(new Promise<void>((resolve) => setImmediate(resolve)));
}

/** What something fails with: its code, or "success". */
export function* codeOf(body: Body<unknown>): Coroutine<string> {
  try {
    yield* body();
    return "success";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** Cancels what cannot succeed, after some turns. */
export function* cancelled(wait: () => Operation<unknown>, after: number): Coroutine<string> {
  const task = yield* spawn(wait);
  yield* turns(after);
  yield* task.cancel();
  return task.state;
}

/** Writes messages of one length until it fails or is cancelled. */
export function* writeForEver(end: End, stream: number, lengthBytes: number): Coroutine<never> {
  for (let index = 0; ; index++) yield* end.write(frame(stream, 0, index, lengthBytes));
}

/** Checks the messages of {@link writeForEver}. */
export function endlessReader(stream: number, lengthBytes: number): FrameReader {
  return new FrameReader(stream, () => lengthBytes);
}

/** Sends messages from one end to the other. */
export function* send(connection: Connection, from: Side, lengths: readonly number[]): Coroutine<string> {
  return yield* transferFlow(connection, {
    from,
    writers: [lengths],
    reading: { lateTurns: 0, cancelAfterTurns: [], pauses: 0 },
  });
}

/** Reads until so many bytes have come. */
export function* readBytes(end: End, frames: FrameReader, bytes: number): Coroutine<void> {
  while (frames.bytes < bytes) frames.read(yield* readSome(end, frames, bytes));
}

function* readSome(end: End, frames: FrameReader, bytes: number): Coroutine<Buffer> {
  const chunk = yield* end.read();
  if (chunk === null) throw new Fault(`the end has come after ${frames.bytes} of ${bytes} bytes`);
  return chunk;
}

function* transfer(connection: Connection, flows: readonly Flow[]): Coroutine<string> {
  const tasks = [];
  for (const flow of flows) tasks.push(yield* spawn(() => transferFlow(connection, flow)));
  const results = [];
  for (const task of tasks) results.push(yield* task);
  return results.join(", ");
}

function* transferFlow(connection: Connection, flow: Flow): Coroutine<string> {
  const stream = connection.nextStream();
  const sender = connection[flow.from];
  const tasks = [];
  for (const [writer, lengths] of flow.writers.entries()) {
    const task = yield* spawn(function* () {
      for (const [index, lengthBytes] of lengths.entries()) {
        yield* sender.write(frame(stream, writer, index, lengthBytes));
      }
    });
    tasks.push(task);
  }
  const frames = new FrameReader(stream, (writer, index) => flow.writers[writer]?.[index]);
  yield* readAs(connection[otherSide(flow.from)], frames, flowBytes(flow.writers), flow.reading);
  for (const task of tasks) yield* task;
  return `${frames.frames} messages, ${frames.bytes} bytes from the ${flow.from}`;
}

function* readAs(end: End, frames: FrameReader, bytes: number, reading: Reading): Coroutine<void> {
  yield* turns(reading.lateTurns);
  for (const after of reading.cancelAfterTurns) {
    if (frames.bytes < bytes) yield* readOrCancel(end, frames, bytes, after);
  }
  for (let i = 0; i < reading.pauses && frames.bytes < bytes; i++) {
    frames.read(yield* readSome(end, frames, bytes));
    yield* sleep(0.5);
  }
  yield* readBytes(end, frames, bytes);
}

/** A read that is cancelled may have succeeded before; if it has not, what it would have got is still to be read. */
function* readOrCancel(end: End, frames: FrameReader, bytes: number, after: number): Coroutine<void> {
  const reader = yield* spawn(() => readSome(end, frames, bytes));
  yield* turns(after);
  yield* reader.cancel();
  if (reader.state === "succeeded") frames.read(yield* reader);
  else if (reader.state === "failed") yield* reader;
}

function* cancelWriter(
  connection: Connection,
  from: Side,
  lengthBytes: number,
  after: number,
): Coroutine<string> {
  const { socket } = connection[from] as PentioEnd;
  const stream = connection.nextStream();
  const before = socket.bytesWritten;
  const writer = yield* spawn(() => writeForEver(connection[from], stream, lengthBytes));
  yield* turns(after);
  yield* writer.cancel();
  // The peer gets what the socket says was written: neither more nor less.
  const frames = endlessReader(stream, lengthBytes);
  yield* readBytes(connection[otherSide(from)], frames, socket.bytesWritten - before);
  return writer.state;
}

function* readTwice(connection: Connection, side: Side, lengthBytes: number): Coroutine<string> {
  const stream = connection.nextStream();
  const end = connection[side];
  const frames = new FrameReader(stream, (_, index) => [lengthBytes][index]);
  const reader = yield* spawn(() => readBytes(end, frames, flowBytes([[lengthBytes]])));
  yield* turns(1);
  const code = yield* codeOf(() => end.read());
  yield* connection[otherSide(side)].write(frame(stream, 0, 0, lengthBytes));
  yield* reader;
  return `${code}, ${frames.bytes} bytes`;
}
