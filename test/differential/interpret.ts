import { type Coroutine, type Model, run, spawn } from "../../src/index.ts";
import { attempt, type Places } from "./attempts.ts";
import { finish } from "./endings.ts";
import { connectNode, connectPentio, type End, listenNode, listenPentio } from "./ends.ts";
import type { ConnectionPlan, Program } from "./program.ts";
import { perform } from "./steps.ts";

/** A program that runs. */
export interface Running {
  /** What it has come to so far, a line for each thing that it does; "…" behind what is not over. */
  lines(): string[];
  /** Whether it came to its end without a failure; a failure is its last line. */
  readonly end: Promise<boolean>;
}

/** Starts a program on a model. */
export function interpret(program: Program, model: Model, places: Places): Running {
  const { attempts, connections, seed } = program;
  const parts: string[][] = [...attempts, ...connections, "failure"].map(() => []);
  const task = run(
    function* () {
      const children = [];
      for (const [i, plan] of attempts.entries()) {
        children.push(yield* spawn(() => note(parts[i]!, plan.kind, attempt(plan, places))));
      }
      for (const [number, plan] of connections.entries()) {
        const lines = parts[attempts.length + number]!;
        children.push(yield* spawn(() => playConnection(seed, number, plan, places, lines)));
      }
      for (const child of children) yield* child;
    },
    { model },
  );
  const end = task.promise.then(
    () => true,
    (error: unknown) => {
      parts.at(-1)!.push(`failed: ${error instanceof Error ? error.stack : String(error)}`);
      return false;
    },
  );
  return { lines: () => parts.flat(), end };
}

/** Notes what is done, and then what has come of it. */
function* note(lines: string[], what: string, work: Coroutine<string>): Coroutine<void> {
  const at = lines.push(`${what}: …`) - 1;
  lines[at] = `${what}: ${yield* work}`;
}

function* playConnection(
  seed: number,
  number: number,
  plan: ConnectionPlan,
  places: Places,
  lines: string[],
): Coroutine<void> {
  const ends: End[] = [];
  let streams = 0;
  const name = (what: string) => `connection ${number}, ${what}`;
  try {
    yield* note(lines, name("connect"), open(plan, places, ends));
    const [client, server] = ends as [End, End];
    const nextStream = () => (((seed * 16 + number) << 8) + streams++) >>> 0;
    const connection = { client, server, nextStream };
    for (const step of plan.steps) yield* note(lines, name(step.kind), perform(connection, step));
    yield* note(lines, name(plan.ending.kind), finish(connection, plan.ending));
  } finally {
    for (const end of ends) yield* end.close();
  }
}

/** Makes the connection: the client's end first. */
function* open(plan: ConnectionPlan, places: Places, ends: End[]): Coroutine<string> {
  const { allowHalfOpen, acceptFirst, bufferBytes } = plan;
  const where = places(plan.family);
  const listener = yield* plan.server === "pentio" ? listenPentio(where, allowHalfOpen) : listenNode(where);
  try {
    const acceptor = acceptFirst ? yield* spawn(() => listener.accept()) : undefined;
    const { place } = listener;
    ends.push(yield* plan.client === "pentio" ? connectPentio(place, allowHalfOpen) : connectNode(place));
    ends.push(yield* acceptor ?? listener.accept());
  } finally {
    yield* listener.close();
  }
  if (bufferBytes !== undefined) for (const end of ends) end.setBuffers(bufferBytes);
  return "connected";
}
