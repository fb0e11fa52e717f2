/** The types of pentio/fs, as a program sees them: tested by the compiler, and never called. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  chunks,
  type Entry,
  type File,
  type FileLock,
  lines,
  open,
  readdir,
  readFile,
  readFiles,
  type Stats,
  stat,
  tail,
  walk,
} from "../../src/fs/index.ts";
import type { Stream } from "../../src/stream/index.ts";
import { each } from "../../src/stream/index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for the type `true`. */
function holds<T extends true>(): T | undefined {
  return undefined;
}

export function* coroutine() {
  const file = yield* open("file", "r+");
  holds<Same<typeof file, File>>();
  const count = yield* file.read(Buffer.alloc(1), { position: 5 });
  holds<Same<typeof count, number>>();
  const lock = yield* file.lock({ wait: false });
  holds<Same<typeof lock, FileLock | null>>();
  const known = yield* stat("file");
  holds<Same<typeof known, Stats>>();
  for (const line of yield* each(lines(tail("file")))) {
    holds<Same<typeof line, string>>();
    yield* each.next();
  }
  // @ts-expect-error: there are no such flags
  yield* open("file", "rw");
  // @ts-expect-error: the kernel writes into memory, not into text
  yield* file.read("text");
}

export async function asynchronous() {
  await using file = await open("file", { flags: "r", direct: true });
  holds<Same<typeof file, File>>();
  const [bytes, text, all] = [await readFile("a"), await readFile("a", "utf8"), await readFiles(["a"])];
  holds<Same<typeof bytes, Buffer>>();
  holds<Same<typeof text, string>>();
  holds<Same<typeof all, Buffer[]>>();
  const [names, entries] = [await readdir("."), await readdir(".", { withFileTypes: true })];
  holds<Same<typeof names, string[]>>();
  holds<Same<typeof entries, Entry[]>>();
  for await (const chunk of chunks(file)) holds<Same<typeof chunk, Buffer>>();
}

/** What files give as streams are streams of pentio/streams. */
export const streams: [Stream<string>, Stream<Buffer>, Stream<Entry>] = [lines("a"), chunks("a"), walk(".")];

describe("the types of files", () => {
  it("are as programs want them, or this file would not compile", () => {
    assert.ok(holds() === undefined);
  });
});
