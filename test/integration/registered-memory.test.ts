import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { probeModels } from "../../src/drivers/index.ts";
import { type File, open } from "../../src/fs/index.ts";
import { type Coroutine, run } from "../../src/index.ts";
import { addressOf } from "../../src/sys/index.ts";
import { folder } from "../support/folders.ts";
import { patternBytes } from "../support/pattern.ts";
import { startProgram } from "../support/programs.ts";
import { registeredBuffers } from "../support/registered-buffers.ts";
import { resizable } from "../support/resizable.ts";
import { collectGarbage, eventually } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const FILE_BYTES = 256 * 1024;
/** More reads into the same memory than it takes until that is registered. */
const MANY = 300;
/** What the ring has room for. */
const BUFFERS_MAX = 64;

const refusal = probeModels().find(({ model }) => model === "io_uring")!.reason;
const works = probeModels().some(({ model, works }) => model === "io_uring" && works);

/** Reads the file's pattern over and over, from everywhere, and looks at each byte. */
function* readsRight(file: File, into: Uint8Array, times = MANY): Coroutine<void> {
  for (let i = 0; i < times; i++) {
    const position = (i * 7919) % (FILE_BYTES - into.length);
    into.fill(0);
    assert.equal(yield* file.read(into, { position }), into.length);
    assert.ok(patternBytes(position, into.length).equals(into), `read ${i} has the bytes of ${position}`);
  }
}

/** Others may be registered, and what is garbage is not for long. */
function timesRegistered(memory: Uint8Array): number {
  const place = `: 0x${addressOf(memory).toString(16)}/`;
  return registeredBuffers().filter((line) => line.includes(place)).length;
}

function onFile(path: string, body: (file: File) => Coroutine<void>): PromiseLike<void> {
  writeFileSync(join(path, "file"), patternBytes(0, FILE_BYTES));
  return run(
    function* () {
      const file = yield* open(join(path, "file"));
      yield* body(file);
      yield* file.close();
    },
    { model: "io_uring" },
  );
}

describe("memory that is read into over and over, on io_uring", { skip: works ? false : refusal }, () => {
  it("is registered, and gets the bytes that it asks for", guard, async (t) => {
    await onFile(folder(t), function* (file) {
      const into = Buffer.allocUnsafeSlow(4096);
      yield* readsRight(file, into);
      assert.equal(timesRegistered(into), 1);
      // Any part of it.
      for (const [start, end] of [
        [0, 1],
        [4095, 4096],
        [1, 4095],
        [100, 3000],
      ] as const)
        yield* readsRight(file, into.subarray(start, end), 3);
      yield* readsRight(file, into, 3);
      assert.equal(timesRegistered(into), 1);
    });
  });

  it("may be other memory each time that the file is read by the same task", guard, async (t) => {
    await onFile(folder(t), function* (file) {
      const [first, second] = [Buffer.allocUnsafeSlow(4096), Buffer.allocUnsafeSlow(5000)];
      const large = Buffer.allocUnsafeSlow(200 * 1024);
      for (let i = 0; i < 3; i++) {
        yield* readsRight(file, first);
        yield* readsRight(file, second, 1);
        yield* readsRight(file, large, 2);
        yield* readsRight(file, second);
      }
    });
  });

  it("is given back when it is garbage, and its place goes to the next", guard, async (t) => {
    await onFile(folder(t), function* (file) {
      for (let i = 0; i < 2 * BUFFERS_MAX; i++) {
        yield* readsRight(file, Buffer.allocUnsafeSlow(4096 + i), 150);
        assert.ok(registeredBuffers().length <= BUFFERS_MAX);
      }
    });
    collectGarbage();
    await eventually(() => {
      collectGarbage();
      return registeredBuffers().length < BUFFERS_MAX / 2;
    }, "the kernel lets go of what is garbage");
    await onFile(folder(t), function* (file) {
      yield* readsRight(file, Buffer.allocUnsafeSlow(4096));
    });
  });

  it("may go to another thread, and then gets nothing more", guard, async (t) => {
    await onFile(folder(t), function* (file) {
      const into = Buffer.allocUnsafeSlow(4096);
      yield* readsRight(file, into);
      const there = structuredClone(into.buffer, { transfer: [into.buffer] });
      const kept = Buffer.from(there).toString("latin1");
      assert.equal(yield* file.read(into, { position: 0 }), 0);
      assert.ok(Buffer.from(there).toString("latin1") === kept, "it is as it was");
      yield* readsRight(file, Buffer.from(there));
    });
  });

  for (const lockedKiB of [1024, 310])
    it(`is registered up to a small share of the ${lockedKiB} KiB that may be locked`, guard, async (t) => {
      const path = join(folder(t), "file");
      writeFileSync(path, patternBytes(0, FILE_BYTES));
      const program = startProgram(
        `
import { readFileSync } from "node:fs";
import { open } from "$src/fs/index.js";
import { run } from "$src/index.js";
import { registeredBuffers } from "$src/../test/support/registered-buffers.js";
const content = readFileSync(${JSON.stringify(path)});
const kept = [];
await run(function* () {
  const file = yield* open(${JSON.stringify(path)});
  for (let buffer = 0; buffer < 64; buffer++) {
    const into = Buffer.allocUnsafeSlow(4096);
    kept.push(into);
    for (let i = 0; i < ${MANY}; i++) {
      yield* file.read(into, { position: i });
      if (!content.subarray(i, i + 4096).equals(into)) throw new Error("other bytes");
    }
  }
  yield* file.close();
}, { model: "io_uring" });
console.log(registeredBuffers().length);
`,
        { wrapper: ["prlimit", `--memlock=${1024 * lockedKiB}`, "setpriv", "--bounding-set=-ipc_lock"] },
      );
      t.after(() => program.kill());
      const { lines, ...end } = await program.end();
      assert.deepEqual(end, { code: 0, signal: null, stderr: "" });
      const count = Number(lines[0]);
      assert.ok(count >= 1 && count <= lockedKiB / 16 / 4, `${count} buffers`);
    });

  // The last one: V8 of Node 20, once it has compiled code for what can be resized, takes the length of a view whose memory has
  // gone to another thread for what it was before.
  it("is not registered if it can be resized, for it has other pages then", guard, async (t) => {
    await onFile(folder(t), function* (file) {
      const memory = resizable(8192, 64 * 1024);
      const into = new Uint8Array(memory, 0, 4096);
      yield* readsRight(file, into);
      memory.resize(0);
      memory.resize(64 * 1024);
      yield* readsRight(file, into);
      assert.equal(timesRegistered(into), 0);
    });
  });
});
