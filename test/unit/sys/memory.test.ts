import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { viewOf } from "../../../src/sys/ffi.ts";
import {
  knownAddress,
  MAP_SHARED,
  map,
  pin,
  pinInPlace,
  SLAB_BYTES,
  Slab,
  SlabPool,
  unmap,
} from "../../../src/sys/index.ts";
import { resizable } from "../../support/resizable.ts";
import { collectGarbage } from "../support/garbage.ts";
import { Random, seeds } from "../support/random.ts";

/** What really stands at an address. */
function bytesAt(address: number, lengthBytes: number): Buffer {
  // A copy: the view itself must not outlive the memory.
  return Buffer.from(new Uint8Array(viewOf(address, lengthBytes)));
}

describe("the slab pool", () => {
  it("hands out memory whose address it knows", () => {
    const pool = new SlabPool();
    pool.reserve(100);
    const { address } = pool;
    const chunk = pool.take(100);
    chunk.fill("where am I? ");
    assert.deepEqual(bytesAt(address, 100), Buffer.from(chunk));
    assert.equal(knownAddress(chunk), address);
  });

  it("never hands out the same byte twice, starts each piece on a word and keeps what was written", (t) => {
    for (const seed of seeds()) {
      t.diagnostic(`seed ${seed}`);
      const random = new Random(seed);
      const pool = new SlabPool();
      const pieces: { address: number; chunk: Buffer; expected: Buffer }[] = [];
      for (let i = 0; i < 3000; i++) {
        const length = random.chance(0.02) ? random.below(SLAB_BYTES + 1) : random.below(300);
        const expected = random.bytes(length);
        let chunk: Buffer;
        let address: number;
        if (random.chance(0.5)) {
          pool.reserve(length);
          ({ address } = pool);
          assert.ok(pool.leftBytes >= length);
          chunk = pool.take(length);
          chunk.set(expected);
        } else {
          chunk = pool.copy(expected);
          address = knownAddress(chunk);
        }
        assert.equal(chunk.length, length);
        assert.equal(address % 8, 0);
        pieces.push({ address, chunk, expected });
      }
      collectGarbage();
      pieces.sort((a, b) => a.address - b.address);
      let end = 0;
      for (const { address, chunk, expected } of pieces) {
        if (expected.length === 0) continue;
        assert.ok(address >= end, "pieces overlap");
        end = address + expected.length;
        assert.deepEqual(Buffer.from(chunk), expected);
        assert.deepEqual(bytesAt(address, expected.length), expected);
      }
    }
  });

  it("fills a slab to its last byte", () => {
    const pool = new SlabPool();
    const first = pool.slab;
    pool.reserve(SLAB_BYTES);
    const all = pool.take(SLAB_BYTES);
    assert.equal(all.length, SLAB_BYTES);
    assert.equal(pool.leftBytes, 0);
    pool.reserve(1);
    assert.notEqual(pool.slab, first);
    assert.equal(pool.leftBytes, SLAB_BYTES);
  });

  it("gives pieces that cannot grow into their neighbours", () => {
    const pool = new SlabPool();
    const first = pool.take(5);
    const second = pool.take(5).fill(2);
    first.fill(1);
    assert.equal(first.length, 5);
    assert.deepEqual([...second], [2, 2, 2, 2, 2]);
  });

  it("lets the collector free slabs that nobody holds a piece of", async () => {
    const pool = new SlabPool();
    const gone = new WeakRef(pool.slab.view(0, 1).buffer);
    pool.take(SLAB_BYTES);
    pool.reserve(SLAB_BYTES);
    // A WeakRef lives to the end of the job that made it.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    assert.equal(gone.deref(), undefined);
  });
});

describe("a slab", () => {
  it("lies where it says", () => {
    const slab = new Slab();
    slab.view(0, SLAB_BYTES).fill(0x5a);
    assert.ok(bytesAt(slab.address, SLAB_BYTES).every((byte) => byte === 0x5a));
    assert.equal(knownAddress(slab.view(77, 1)), slab.address + 77);
  });

  it("stays there when garbage is collected", () => {
    const slabs = Array.from({ length: 50 }, () => new Slab());
    slabs.forEach((slab, i) => {
      slab.view(0, SLAB_BYTES).fill(i + 1);
    });
    collectGarbage();
    slabs.forEach((slab, i) => {
      assert.ok(bytesAt(slab.address, SLAB_BYTES).every((byte) => byte === i + 1));
    });
  });
});

describe("the known address of a view", () => {
  it("is -1 before the view is pinned", () => {
    assert.equal(knownAddress(new Uint8Array(10)), -1);
    assert.equal(knownAddress(Buffer.alloc(100_000)), -1);
  });

  it("is that of its place in the slab", () => {
    const chunk = new SlabPool().take(10);
    assert.equal(knownAddress(chunk.subarray(3, 7)), knownAddress(chunk) + 3);
  });
});

describe("pinning", () => {
  it("copies what is small", () => {
    const pool = new SlabPool();
    for (const small of [Buffer.from("hello"), new Uint8Array([1, 2, 3]), new Uint8Array(4096).fill(7)]) {
      const pinned = pin(small, pool);
      assert.notEqual(pinned.buffer, small.buffer);
      assert.deepEqual(Buffer.from(pinned), Buffer.from(small));
      assert.deepEqual(bytesAt(knownAddress(pinned), pinned.length), Buffer.from(small));
      const before = Buffer.from(small);
      small.fill(0);
      assert.deepEqual(Buffer.from(pinned), before);
    }
  });

  it("takes what is large as it is, without copying", () => {
    const pool = new SlabPool();
    const large = new Uint8Array(100_000).map((_, i) => i * 7);
    const pinned = pin(large, pool);
    assert.equal(pinned, large);
    assert.deepEqual(bytesAt(knownAddress(pinned), large.length), Buffer.from(large));
    large.fill(9);
    assert.ok(bytesAt(knownAddress(pinned), large.length).every((byte) => byte === 9));
  });

  it("of one part of a large memory tells the address of every part", () => {
    const memory = new ArrayBuffer(64 * 1024);
    const whole = Buffer.from(memory);
    for (let i = 0; i < whole.length; i++) whole[i] = i * 31;
    pin(new Uint8Array(memory, 10_001, 5000), new SlabPool());
    for (const [offset, length] of [
      [10_001, 5000],
      [0, 64 * 1024],
      [3, 10],
      [60_000, 5536],
    ] as const) {
      const address = knownAddress(new Uint8Array(memory, offset, length));
      assert.deepEqual(bytesAt(address, length), Buffer.from(whole.subarray(offset, offset + length)));
    }
  });

  it("lasts when garbage is collected", () => {
    const pool = new SlabPool();
    const views = Array.from({ length: 100 }, (_, i) => new Uint8Array(4097 + i * 100).fill(i + 1));
    const pinned = views.map((view) => pin(view, pool));
    const addresses = pinned.map(knownAddress);
    collectGarbage();
    addresses.forEach((address, i) => {
      assert.ok(bytesAt(address, views[i]!.length).every((byte) => byte === i + 1));
      assert.equal(knownAddress(pinned[i]!), address);
    });
  });

  it("works for every kind of large memory", () => {
    const pool = new SlabPool();
    const kinds: Record<string, Uint8Array> = {
      "Buffer.alloc": Buffer.alloc(10_000, 1),
      "Buffer.allocUnsafe": Buffer.allocUnsafe(10_000).fill(2),
      "Buffer.concat": Buffer.concat([Buffer.alloc(5000, 3), Buffer.alloc(5000, 3)]),
      "Buffer.from(string)": Buffer.from("4".repeat(10_000)),
      SharedArrayBuffer: new Uint8Array(new SharedArrayBuffer(10_000)).fill(5),
      "WebAssembly.Memory": new Uint8Array(wasmMemory(), 100, 10_000).fill(6),
      "resizable ArrayBuffer": new Uint8Array(resizable(10_000, 20_000)).fill(7),
    };
    for (const [kind, view] of Object.entries(kinds)) {
      const pinned = pin(view, pool);
      assert.deepEqual(bytesAt(knownAddress(pinned), pinned.length), Buffer.from(view), kind);
    }
  });

  it("takes an empty view", () => {
    const empty = pin(new Uint8Array(0), new SlabPool());
    assert.equal(empty.length, 0);
    assert.ok(knownAddress(empty) > 0);
  });
});

describe("pinning in place", () => {
  it("tells where memory of every kind and size is, and leaves it there", () => {
    const pooled = Buffer.from("pooled, so that others live next door");
    const kinds: Record<string, Uint8Array> = {
      "a small typed array": new Uint8Array([1, 2, 3]),
      "a small typed array of words": new Uint8Array(new Uint16Array([0x102, 0x304]).buffer, 1, 2),
      "Buffer.from(string)": pooled,
      "a part of it": pooled.subarray(3, 9),
      "a large typed array": new Uint8Array(10_000).fill(4),
      SharedArrayBuffer: new Uint8Array(new SharedArrayBuffer(100), 7, 20).fill(5),
      "WebAssembly.Memory": new Uint8Array(wasmMemory(), 100, 50).fill(6),
      "resizable ArrayBuffer": new Uint8Array(resizable(100, 20_000)).fill(7),
    };
    const addresses = Object.values(kinds).map((view) => pinInPlace(view));
    collectGarbage();
    for (const [i, [kind, view]] of Object.entries(kinds).entries()) {
      assert.equal(knownAddress(view), addresses[i], kind);
      view.set([i], view.length - 1);
      assert.deepEqual(bytesAt(addresses[i]!, view.length), Buffer.from(view), kind);
    }
  });

  it("by an empty part of a memory finds the others", () => {
    const whole = new Uint8Array(100).map((_, i) => i);
    const address = pinInPlace(whole.subarray(40, 40));
    assert.equal(knownAddress(whole), address - 40);
    assert.deepEqual(bytesAt(address, 60), Buffer.from(whole.subarray(40)));
    pinInPlace(new Uint8Array(0));
  });
});

describe("a mapping", () => {
  it("is memory on a page of its own until it is unmapped", () => {
    const mapping = map(3 * 4096);
    assert.equal(mapping.address % 4096, 0);
    assert.equal(mapping.lengthBytes, 3 * 4096);
    const bytes = new Uint8Array(mapping.buffer);
    assert.ok(bytes.every((byte) => byte === 0));
    bytes[4097] = 42;
    assert.equal(bytesAt(mapping.address, 3 * 4096)[4097], 42);
    const line = `${mapping.address.toString(16)}-`;
    assert.ok(mapsContain(mapping.address), line);
    unmap(mapping);
    assert.ok(!mapsContain(mapping.address), line);
  });

  it("that the kernel refuses is an error in Node's shape", () => {
    assert.throws(() => map(0), { code: "EINVAL", syscall: "mmap" });
    assert.throws(() => map(4096, MAP_SHARED, 999_999), { code: "EBADF", syscall: "mmap" });
  });
});

/** Whether the process has memory at an address. */
function mapsContain(address: number): boolean {
  return readFileSync("/proc/self/maps", "utf8")
    .split("\n")
    .some((line) => {
      const [start, end] = line
        .split(" ")[0]!
        .split("-")
        .map((part) => Number.parseInt(part, 16));
      return start! <= address && address < end!;
    });
}

// Newer than the libraries that TypeScript is told of.
const { WebAssembly: wasm } = globalThis as unknown as {
  WebAssembly: { Memory: new (options: { initial: number }) => { buffer: ArrayBuffer } };
};

function wasmMemory(): ArrayBuffer {
  return new wasm.Memory({ initial: 1 }).buffer;
}
