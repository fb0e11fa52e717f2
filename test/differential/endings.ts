import { type Coroutine, spawn } from "../../src/index.ts";
import { type End, type NodeEnd, PentioEnd } from "./ends.ts";
import { Fault, frame } from "./frames.ts";
import { type Ending, otherSide, type Side } from "./program.ts";
import { type Connection, codeOf, endlessReader, readBytes, send, turns, writeForEver } from "./steps.ts";

const WRITTEN_BYTES = 200_000;

/** Where a race decides which of these one is told, each is right, and the outcome has their common name. */
const BROKEN = ["EPIPE", "ECONNRESET"];
const TOO_LATE = ["ERR_STREAM_WRITE_AFTER_END", "EPIPE", "ERR_SOCKET_CLOSED"];

/** Ends a connection, and tells what has come of it: the same on every model. */
export function* finish(connection: Connection, ending: Ending): Coroutine<string> {
  switch (ending.kind) {
    case "end":
      return yield* endFirst(connection, ending.first, ending.afterwards);
    case "both end":
      return yield* endBoth(connection);
    case "close":
      return yield* closeFirst(connection, ending.first);
    case "close unread":
      return yield* closeUnread(connection, ending.first, ending.bytes);
    case "reset":
      return yield* reset(connection, ending.first, ending.writing);
    case "close under a reader":
      return yield* closeUnderReader(connection, ending.side, ending.writing);
  }
}

/** What a read gives: "data", "end", or the code of its error. */
function* nextOf(connection: Connection, side: Side): Coroutine<string> {
  try {
    return (yield* connection[side].read()) === null ? "end" : "data";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** Reads up to what is not data. */
function* lastOf(connection: Connection, side: Side): Coroutine<string> {
  for (;;) {
    const next = yield* nextOf(connection, side);
    if (next !== "data") return next;
  }
}

function normal(code: string, codes: readonly string[], name: string): string {
  return codes.includes(code) ? name : code;
}

/** What breaks at last a writer that does not end. */
function writerEnd(end: End, stream: number, lengthBytes: number): Coroutine<string> {
  return codeOf(() => writeForEver(end, stream, lengthBytes));
}

/** What a write after the own end gives. */
function* lateWrite(end: End): Coroutine<string> {
  if (!(end instanceof PentioEnd)) return "not tried";
  return yield* codeOf(() => end.write(Buffer.from("late")));
}

function* endFirst(connection: Connection, first: Side, afterwards: readonly number[]): Coroutine<string> {
  const second = otherSide(first);
  yield* connection[first].end();
  const told = [yield* lateWrite(connection[first])];
  told.push(yield* nextOf(connection, second), yield* nextOf(connection, second));
  if (afterwards.length > 0) told.push(yield* send(connection, second, afterwards));
  yield* connection[second].end();
  told.push(yield* nextOf(connection, first));
  return told.join(", ");
}

function* endBoth(connection: Connection): Coroutine<string> {
  const sides: Side[] = ["client", "server"];
  const enders = [];
  for (const side of sides) {
    const ender = yield* spawn(function* () {
      yield* connection[side].end();
      const late = normal(yield* lateWrite(connection[side]), TOO_LATE, "too late");
      return `${late}, ${yield* nextOf(connection, side)}`;
    });
    enders.push(ender);
  }
  return `${yield* enders[0]!}, ${yield* enders[1]!}`;
}

function* closeFirst(connection: Connection, first: Side): Coroutine<string> {
  const second = otherSide(first);
  const end = connection[second] as PentioEnd;
  yield* connection[first].close();
  const told = yield* nextOf(connection, second);
  const halfOpen = end.socket.closed ? "closed" : "half-open";
  const code = yield* writerEnd(end, connection.nextStream(), 10);
  return `${told}, ${halfOpen}, ${normal(code, BROKEN, "broken")}`;
}

/** The peer is told of a reset, unless the data was received, but not read, before. */
function* closeUnread(connection: Connection, first: Side, lengthBytes: number): Coroutine<string> {
  const second = otherSide(first);
  yield* connection[second].write(frame(connection.nextStream(), 0, 0, lengthBytes));
  yield* connection[first].close();
  return normal(yield* nextOf(connection, second), ["end", "ECONNRESET"], "end or reset");
}

function* reset(connection: Connection, first: Side, writing: boolean): Coroutine<string> {
  const second = otherSide(first);
  const end = connection[second] as PentioEnd;
  const reader = yield* spawn(() => nextOf(connection, second));
  const stream = connection.nextStream();
  const writer = writing ? yield* spawn(() => writerEnd(end, stream, WRITTEN_BYTES)) : undefined;
  yield* turns(2);
  yield* (connection[first] as NodeEnd).reset();
  const told = yield* reader;
  if (!writer) return `${told}, ${yield* nextOf(connection, second)}`;
  // Who is told second may find the socket closed by the first one's error.
  const codes = [...BROKEN, "ERR_SOCKET_CLOSED"];
  return `${normal(told, codes, "broken")}, ${normal(yield* writer, codes, "broken")}`;
}

function* closeUnderReader(connection: Connection, side: Side, writing: boolean): Coroutine<string> {
  const end = connection[side] as PentioEnd;
  const other = otherSide(side);
  const stream = connection.nextStream();
  const before = end.socket.bytesWritten;
  const reader = yield* spawn(() => nextOf(connection, side));
  const writer = writing ? yield* spawn(() => writerEnd(end, stream, WRITTEN_BYTES)) : undefined;
  yield* turns(2);
  yield* end.close();
  const told = [yield* reader];
  if (writer) told.push(yield* writer);
  const frames = endlessReader(stream, WRITTEN_BYTES);
  yield* readBytes(connection[other], frames, end.socket.bytesWritten - before);
  const last = yield* lastOf(connection, other);
  if (last !== "end") throw new Fault(`a close was no regular end but ${last}`);
  return told.join(", ");
}
