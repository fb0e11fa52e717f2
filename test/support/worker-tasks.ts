/** What the tests of executors have workers do. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread, threadId } from "node:worker_threads";
import { progress, transfer } from "pentio/executors/worker";
import { schedulingPolicy } from "./scheduling-policy.ts";

const pause = new Int32Array(new SharedArrayBuffer(4));

export const notAFunction = 5;

export function nothing(): void {}

export function add(a: number, b: number): number {
  return a + b;
}

export async function later<T>(value: T): Promise<T> {
  await sleep(1);
  return value;
}

/** Says by a file that it runs, and works until another file is there, or the first is gone. */
export function hold<T>(started: string, gate: string, value: T): T {
  writeFileSync(started, "");
  while (existsSync(started) && !existsSync(gate)) Atomics.wait(pause, 0, 0, 2);
  return value;
}

export function loopForEver(started: string): never {
  writeFileSync(started, "");
  for (;;);
}

/** Never ends, and blocks nothing. */
export function hang(): Promise<never> {
  return new Promise(() => setInterval(() => {}, 1000));
}

export function where(): { pid: number; threadId: number; isMainThread: boolean } {
  return { pid: process.pid, threadId, isMainThread };
}

/** The policy by which the kernel schedules the thread. */
export function policy(): number {
  return schedulingPolicy("self");
}

/** What a module that was imported before everything else has left. */
export function imported(): unknown {
  return (globalThis as { imported?: unknown }).imported;
}

let remembered: unknown = "nothing";

export function remember(value: unknown): void {
  remembered = value;
}

export function recall(): unknown {
  return remembered;
}

export function refuse(): never {
  throw new Error("the initializer refuses");
}

export function countBytes(bytes: Uint8Array): number {
  return bytes.length;
}

export function makeBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(7);
  return transfer(bytes, [bytes.buffer]);
}

export function echo<T>(value: T): T {
  return value;
}

export function makeFunction(): () => void {
  return () => {};
}

export class TasksError extends Error {
  override readonly name = "TasksError";
  readonly path = "/somewhere";
  readonly detail = { answer: 42 };
}

export function fail(kind: "builtin" | "own" | "caused" | "several" | "system"): never {
  if (kind === "builtin") throw new RangeError("out of range");
  if (kind === "own") throw new TasksError("own");
  if (kind === "caused") throw new Error("outside", { cause: new TypeError("inside") });
  if (kind === "several") throw new AggregateError([new TypeError("one"), new RangeError("two")], "several");
  throw Object.assign(new Error("open ENOENT"), {
    code: "ENOENT",
    errno: -2,
    syscall: "open",
    path: "/nowhere",
  });
}

export function failUncloneably(
  kind: "property" | "getter" | "function" | "symbol" | "proxy" | "itself",
): never {
  const error = new TypeError("cannot be cloned");
  if (kind === "property") throw Object.assign(error, { callback: () => {}, port: Symbol("port") });
  if (kind === "getter") {
    throw Object.defineProperty(error, "trap", {
      enumerable: true,
      get: () => {
        throw new Error("trapped");
      },
    });
  }
  if (kind === "function") throw () => {};
  if (kind === "symbol") throw Symbol("thrown");
  if (kind === "proxy") throw new Proxy({}, { ownKeys: () => [] });
  throw Object.assign(error, { cause: error });
}

export function throwValue(value: unknown): never {
  throw value;
}

export function die(started: string): never {
  writeFileSync(started, "");
  process.kill(process.pid, "SIGKILL");
  for (;;);
}

export function exit(code: number): never {
  process.exit(code);
}

export function exhaustMemory(): number {
  const hoard: number[][] = [];
  for (;;) hoard.push(new Array(1000).fill(hoard.length));
}

let ticked = 0;

/** Leaves a timer behind. */
export function tickLater(): void {
  setTimeout(() => ticked++, 1);
}

/** How many timers of {@link tickLater} have had their turn. */
export function ticks(): number {
  return ticked;
}

/** Has the worker hang when it is to end. */
export function hangAtExit(): void {
  process.on("exit", () => {
    for (;;);
  });
}

/** Has the worker leave a file when it ends in good order. */
export function writeAtExit(path: string): void {
  process.on("exit", () => writeFileSync(path, ""));
}

export function tellProgress(values: readonly unknown[]): number {
  for (const value of values) progress(value);
  return values.length;
}

export function tellFunction(): void {
  progress(() => {});
}

/** Counts its calls in a file, and fails until there were so many. */
export function succeedAt(attempt: number, file: string): number {
  appendFileSync(file, ".");
  const attempts = readFileSync(file).length;
  if (attempts < attempt) throw new RangeError(`attempt ${attempts}`);
  return attempts;
}
