/**
 * A child program of the lab: a closed loop of requests on many connections, one in flight on each, with every byte
 * of every reply compared with what was sent.
 *
 *     load-generator.js MODEL SIZE
 */
import {
  type Body,
  type Coroutine,
  connect,
  type ModelChoice,
  run,
  type Socket,
  sleep,
  spawn,
} from "../index.ts";
import { endWithLab, type Message, tellLab } from "./messages.ts";
import { Payload } from "./payload.ts";
import { Phase } from "./phase.ts";

/** How long the server may take for a reply. */
const REPLY_MS_MAX = 5000;
/** For each of many connections: a server may start a process for it, 160 ms on a processor that does nothing else. */
const START_MS_MAX = 500;
const ALL_REPLIES_MS_MAX = 60_000;

/**
 * A longer request is written while its reply is read: nobody promises to buffer more on its way, and then server and
 * client would each wait for the other to read.
 */
const WRITE_FIRST_BYTES_MAX = 64 * 1024;

const model = process.argv[2] as ModelChoice;
const sizeBytes = Number(process.argv[3]);

interface Connection {
  readonly socket: Socket;
  readonly payload: Payload;
}

/** The connections to each server, by its port. */
const open = new Map<number, readonly Connection[]>();

function* connectAll(port: number, count: number): Coroutine<Message> {
  const connections: Connection[] = [];
  open.set(port, connections);
  while (connections.length < count) {
    const socket = yield* connect({ host: "127.0.0.1", port });
    connections.push({ socket, payload: new Payload(sizeBytes, connections.length, count) });
  }
  return { type: "connected" };
}

function* exchange({ socket, payload }: Connection, phase: Phase): Coroutine<void> {
  for (let sentAt = performance.now(); sentAt < phase.endsAt; ) {
    payload.renew();
    const writer = sizeBytes > WRITE_FIRST_BYTES_MAX ? yield* spawn(() => write(socket, payload)) : null;
    if (!writer) yield* socket.write(payload.bytes);
    let received = 0;
    let explanation: string | null = null;
    while (received < sizeBytes) {
      const piece = yield* socket.read();
      if (!piece) throw new Error("the server ended a connection in the middle of a reply");
      if (!payload.matches(piece, received)) explanation ??= payload.explain(piece, received);
      received += piece.length;
    }
    if (writer) yield* writer;
    if (explanation) phase.mismatched(explanation);
    sentAt = phase.replied(sentAt, received);
  }
}

function* write(socket: Socket, payload: Payload): Coroutine<void> {
  yield* socket.write(payload.bytes);
}

/** Ends a connection from this side. @returns the bytes that came after the last reply */
function* finish({ socket }: Connection): Coroutine<number> {
  yield* socket.end();
  let excessBytes = 0;
  for (let piece = yield* socket.read(); piece; piece = yield* socket.read()) excessBytes += piece.length;
  yield* socket.close();
  return excessBytes;
}

/** Does something on all connections to a server at once. @throws if that takes much longer than `seconds` */
function* onAll<T>(
  port: number,
  work: (connection: Connection) => Coroutine<T>,
  seconds = 0,
): Coroutine<T[]> {
  const connections = open.get(port)!;
  const startsMsMax = Math.min(connections.length * START_MS_MAX, ALL_REPLIES_MS_MAX);
  const replyMsMax = Math.max(REPLY_MS_MAX, startsMsMax);
  let done = 0;
  const watchdog = yield* spawn(function* watchdog() {
    yield* sleep(seconds * 1000 + replyMsMax);
    const missing = `${connections.length - done} of ${connections.length} connections`;
    throw new Error(`${missing} waited for the server for more than ${replyMsMax / 1000} seconds`);
  });
  const tasks = [];
  for (const connection of connections) tasks.push(yield* spawn(() => work(connection)));
  const results: T[] = [];
  for (const task of tasks) done = results.push(yield* task);
  yield* watchdog.cancel();
  return results;
}

function* runPhase(port: number, seconds: number): Coroutine<Message> {
  const phase = new Phase(seconds);
  yield* onAll(port, (connection) => exchange(connection, phase), seconds);
  return { type: "ran", result: phase.result };
}

function* finishAll(port: number): Coroutine<Message> {
  const excess = yield* onAll(port, finish);
  open.delete(port);
  return { type: "finished", excessBytes: excess.reduce((sum, bytes) => sum + bytes, 0) };
}

/** Runs a coroutine and tells the lab what it returned, or why it failed. */
async function answer(body: Body<Message>): Promise<void> {
  try {
    tellLab(await run(body, { model }));
  } catch (error) {
    tellLab({ type: "failed", reason: (error as Error).message });
  }
}

endWithLab();
process.on("message", (message: Message) => {
  if (message.type === "connect") answer(() => connectAll(message.port, message.connections));
  else if (message.type === "run") answer(() => runPhase(message.port, message.seconds));
  else if (message.type === "finish") answer(() => finishAll(message.port));
});
tellLab({ type: "ready" });
