import { type Coroutine, connect, listen, sleep, spawn } from "../../src/index.ts";
import { connectNode, connectPentio, type End, listenPentio, type Place } from "./ends.ts";
import { FrameReader, flowBytes, frame } from "./frames.ts";
import type { Attempt } from "./program.ts";
import { cancelled, codeOf, readBytes, turns } from "./steps.ts";

/** A port on which nobody listens, and that the system gives to nobody. */
const UNUSED_PORT = 1;

/** Where a program may listen: each answer is another place. */
export type Places = (family: "TCP" | "Unix") => Place;

/** Does what needs no connection, or many, and tells what has come of it: the same on every model. */
export function* attempt(plan: Attempt, places: Places): Coroutine<string> {
  switch (plan.kind) {
    case "connect where nobody listens":
      return yield* connectNowhere(plan.family, places);
    case "connect to what is no socket":
      return yield* codeOf(() => connect({ path: process.execPath }));
    case "listen where somebody listens":
      return yield* listenTwice(places(plan.family));
    case "cancel an accept":
      return yield* cancelAccept(places("TCP"), plan.turns);
    case "cancel an accept while a connection comes":
      return yield* cancelAcceptInRace(places("TCP"), plan.turns);
    case "close a server under its acceptors":
      return yield* closeServer(places("TCP"), plan.acceptors);
    case "cancel a connect":
      return yield* cancelConnect(places(plan.family), plan.turns);
    case "cancel a sleep":
      return yield* cancelled(() => sleep(1_000_000), plan.turns);
    case "serve a crowd":
      return yield* serveCrowd(places("TCP"), plan.clients, plan.bytes);
  }
}

function* connectNowhere(family: "TCP" | "Unix", places: Places): Coroutine<string> {
  const place = family === "TCP" ? { host: "127.0.0.1", port: UNUSED_PORT } : places("Unix");
  return yield* codeOf(() => connect(place));
}

function* listenTwice(where: Place): Coroutine<string> {
  const listener = yield* listenPentio(where, false);
  const code = yield* codeOf(() => listen(listener.place));
  yield* listener.close();
  return code;
}

function* cancelAccept(where: Place, after: number): Coroutine<string> {
  const server = yield* listen(where);
  const state = yield* cancelled(() => server.accept(), after);
  yield* server.close();
  return state;
}

/** Whether the accept was fast enough is open; the connection is not lost. */
function* cancelAcceptInRace(where: Place, after: number): Coroutine<string> {
  const listener = yield* listenPentio(where, false);
  const acceptor = yield* spawn(() => listener.accept());
  const client = yield* connectPentio(listener.place, false);
  yield* turns(after);
  yield* acceptor.cancel();
  const server = acceptor.state === "succeeded" ? yield* acceptor : yield* listener.accept();
  yield* client.write(Buffer.from("here"));
  const text = String(yield* server.read());
  for (const handle of [client, server, listener]) yield* handle.close();
  return text;
}

function* closeServer(where: Place, count: number): Coroutine<string> {
  const server = yield* listen(where);
  const acceptors = [];
  for (let i = 0; i < count; i++) acceptors.push(yield* spawn(() => codeOf(() => server.accept())));
  yield* turns(1);
  yield* server.close();
  const codes = [];
  for (const acceptor of acceptors) codes.push(yield* acceptor);
  return codes.join(", ");
}

/** Whether it was connected before is open; nothing of it is left, which the end of all programs shows. */
function* cancelConnect(where: Place, after: number): Coroutine<string> {
  const listener = yield* listenPentio(where, false);
  const task = yield* spawn(() => connectPentio(listener.place, false));
  yield* turns(after);
  yield* task.cancel();
  if (task.state === "succeeded") yield* (yield* task).close();
  yield* listener.close();
  return task.state === "failed" ? "failed" : "succeeded or cancelled";
}

function* serveCrowd(where: Place, count: number, lengthBytes: number): Coroutine<string> {
  const listener = yield* listenPentio(where, true);
  const clients = [];
  for (let i = 0; i < count; i++) {
    clients.push(yield* spawn(() => askForEcho(listener.place, i, lengthBytes)));
  }
  const echoes = [];
  for (let i = 0; i < count; i++) {
    const end = yield* listener.accept();
    echoes.push(yield* spawn(() => echo(end)));
  }
  const answers = [];
  for (const client of clients) answers.push(yield* client);
  for (const task of echoes) yield* task;
  yield* listener.close();
  return answers.join(", ");
}

function* echo(end: End): Coroutine<void> {
  for (let chunk = yield* end.read(); chunk; chunk = yield* end.read()) yield* end.write(chunk);
  yield* end.end();
  yield* end.close();
}

/** Every other client is node:net's. */
function* askForEcho(place: Place, number: number, lengthBytes: number): Coroutine<string> {
  const end = number % 2 === 0 ? yield* connectPentio(place, false) : yield* connectNode(place);
  const writer = yield* spawn(function* () {
    yield* end.write(frame(number, 0, 0, lengthBytes));
    yield* end.end();
  });
  const frames = new FrameReader(number, (_, index) => [lengthBytes][index]);
  yield* readBytes(end, frames, flowBytes([[lengthBytes]]));
  const last = yield* end.read();
  yield* writer;
  yield* end.close();
  return `${frames.bytes} bytes${last === null ? " and the end" : ""}`;
}
