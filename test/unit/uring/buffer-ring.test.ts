import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { ENOBUFS, type Mapping, map, type SystemError, syscalls, unmap } from "../../../src/sys/index.ts";
import {
  BufferRing,
  COMPLETION_WORDS,
  IORING_CQE_BUFFER_SHIFT,
  IORING_CQE_F_BUF_MORE,
  IORING_CQE_F_BUFFER,
  IORING_CQE_F_MORE,
  IOU_PBUF_RING_INC,
  prepareMultishotRecv,
  prepareRecvSelect,
  Ring,
  setUserData,
} from "../../../src/uring/index.ts";
import { Random, seeds } from "../support/random.ts";
import { ringRefusal, sendNow, socketPair } from "../support/uring.ts";

const GROUP = 5;

interface Received {
  userData: number;
  result: number;
  /** The buffer, or -1 for none. */
  id: number;
  more: boolean;
  bufferMore: boolean;
}

/** A ring, a buffer ring of its own memory and a connection. */
class Bench {
  readonly ring = new Ring({ entries: 8, completionEntries: 64, flags: 0 });
  readonly buffers: BufferRing;
  readonly memory: Mapping;
  readonly bufferBytes: number;
  readonly pairs: [number, number][] = [];

  constructor(t: TestContext, count: number, bufferBytes: number, flags = 0) {
    t.after(() => this.close());
    this.bufferBytes = bufferBytes;
    this.memory = map(count * bufferBytes);
    this.buffers = new BufferRing(this.ring, GROUP, count, flags);
    for (let id = 0; id < count; id++) this.add(id);
    this.buffers.publish();
  }

  /** Two ends of a new connection: ours, which receives, and theirs. */
  connect(): [number, number] {
    const pair = socketPair();
    this.pairs.push(pair);
    return pair;
  }

  add(id: number): void {
    this.buffers.add(this.memory.address + id * this.bufferBytes, this.bufferBytes, id);
  }

  receive(fd: number, userData: number, multishot = true): void {
    const at = this.ring.nextEntry();
    if (multishot) prepareMultishotRecv(this.ring.entries, at, fd, GROUP);
    else prepareRecvSelect(this.ring.entries, at, fd, GROUP);
    setUserData(this.ring.entries, at, userData, 0);
    this.ring.enter();
  }

  reap(): Received[] {
    this.ring.enter();
    const count = this.ring.ready;
    const found = Array.from({ length: count }, (_, i) => {
      const at = this.ring.completionAt(i);
      const [userData, , result, flags] = this.ring.completions.subarray(at, at + COMPLETION_WORDS);
      return {
        userData: userData!,
        result: result!,
        id: (flags! & IORING_CQE_F_BUFFER) !== 0 ? flags! >>> IORING_CQE_BUFFER_SHIFT : -1,
        more: (flags! & IORING_CQE_F_MORE) !== 0,
        bufferMore: (flags! & IORING_CQE_F_BUF_MORE) !== 0,
      };
    });
    this.ring.advance(count);
    return found;
  }

  text(id: number, start: number, length: number): string {
    return Buffer.from(this.memory.buffer, id * this.bufferBytes + start, length).toString();
  }

  close(): void {
    for (const pair of this.pairs) for (const fd of pair) syscalls.close(fd);
    this.buffers?.close();
    this.ring.close();
    unmap(this.memory);
  }
}

describe("a buffer ring", { skip: ringRefusal() }, () => {
  it("gives each message a buffer of its own", (t) => {
    const bench = new Bench(t, 4, 64);
    const [ours, theirs] = bench.connect();
    bench.receive(ours, 1);
    const ids = new Set<number>();
    for (const text of ["one", "two", "three"]) {
      sendNow(theirs, text);
      const [received, ...others] = bench.reap();
      assert.deepEqual(others, []);
      assert.equal(received!.result, text.length);
      assert.ok(received!.more);
      assert.equal(bench.text(received!.id, 0, text.length), text);
      ids.add(received!.id);
    }
    assert.equal(ids.size, 3);
  });

  it("serves one receive of one message", (t) => {
    const bench = new Bench(t, 4, 64);
    const [ours, theirs] = bench.connect();
    bench.receive(ours, 1, false);
    sendNow(theirs, "once");
    const [received] = bench.reap();
    assert.equal(received!.result, 4);
    assert.equal(received!.more, false);
    assert.equal(bench.text(received!.id, 0, 4), "once");
  });

  it("takes no buffer while a connection waits, and none for its end", (t) => {
    const bench = new Bench(t, 1, 64);
    const connections = Array.from({ length: 5 }, () => bench.connect());
    connections.forEach(([ours], i) => {
      bench.receive(ours, i);
    });
    assert.deepEqual(bench.reap(), []);
    sendNow(connections[3]![1], "only one");
    assert.equal(bench.reap()[0]!.userData, 3);
    bench.add(0);
    bench.buffers.publish();
    syscalls.shutdown(connections[4]![1], 1);
    assert.deepEqual(bench.reap(), [{ userData: 4, result: 0, id: -1, more: false, bufferMore: false }]);
    sendNow(connections[2]![1], "the other");
    const [received] = bench.reap();
    assert.equal(received!.userData, 2);
    assert.equal(bench.text(received!.id, 0, 9), "the other");
  });

  it("ends a multishot receive with ENOBUFS when it is empty, and loses nothing", (t) => {
    const bench = new Bench(t, 2, 8);
    const [ours, theirs] = bench.connect();
    bench.receive(ours, 1);
    sendNow(theirs, "aaaaaaaabbbbbbbbcccccccc");
    const found = bench.reap();
    assert.deepEqual(
      found.map(({ result }) => result),
      [8, 8, -ENOBUFS],
    );
    assert.deepEqual(
      found.map(({ more }) => more),
      [true, true, false],
    );
    assert.equal(bench.text(found[0]!.id, 0, 8), "aaaaaaaa");
    assert.equal(bench.text(found[1]!.id, 0, 8), "bbbbbbbb");
    bench.add(found[0]!.id);
    bench.buffers.publish();
    bench.receive(ours, 1);
    const [rest] = bench.reap();
    assert.equal(rest!.result, 8);
    assert.equal(bench.text(rest!.id, 0, 8), "cccccccc");
  });

  it("shows the kernel nothing before it is published", (t) => {
    const bench = new Bench(t, 2, 8);
    const [ours, theirs] = bench.connect();
    sendNow(theirs, "aaaaaaaabbbbbbbbcccccccc");
    bench.receive(ours, 1);
    const used = bench.reap();
    bench.add(used[0]!.id);
    bench.receive(ours, 1);
    assert.equal(bench.reap()[0]!.result, -ENOBUFS);
    bench.buffers.publish();
    bench.receive(ours, 1);
    assert.equal(bench.reap()[0]!.result, 8);
  });

  it("goes round its 16-bit tail, and the right bytes are in the right buffer", (t) => {
    const bench = new Bench(t, 4, 16);
    const [ours, theirs] = bench.connect();
    bench.receive(ours, 1);
    for (let i = 0; i < 70_000; i++) {
      const text = `message ${i}`;
      sendNow(theirs, text);
      const [received] = bench.reap();
      assert.equal(received!.result, text.length);
      assert.equal(bench.text(received!.id, 0, text.length), text);
      bench.add(received!.id);
      bench.buffers.publish();
    }
  });

  it("of a size that is no power of two is refused by the kernel", (t) => {
    const ring = new Ring({ entries: 1, completionEntries: 2, flags: 0 });
    t.after(() => ring.close());
    assert.throws(() => new BufferRing(ring, 1, 3), { code: "EINVAL", syscall: "io_uring_register" });
    assert.throws(() => new BufferRing(ring, 1, 4, 0x8000), { code: "EINVAL" });
    new BufferRing(ring, 1, 4).close();
    const again = new BufferRing(ring, 1, 4);
    assert.throws(() => new BufferRing(ring, 1, 4), { code: "EEXIST" });
    again.close();
  });
});

describe("an incremental buffer ring", { skip: ringRefusal() || incrementalRefusal() }, () => {
  it("puts message behind message until a buffer is full", (t) => {
    const bench = new Bench(t, 2, 100, IOU_PBUF_RING_INC);
    const [ours, theirs] = bench.connect();
    bench.receive(ours, 1);
    let start = 0;
    for (let i = 0; i < 9; i++) {
      sendNow(theirs, `message #${i}!`);
      const [received] = bench.reap();
      assert.deepEqual(received, { userData: 1, result: 11, id: 0, more: true, bufferMore: true });
      assert.equal(bench.text(0, start, 11), `message #${i}!`);
      start += 11;
    }
    // One byte is left, so this message is in two buffers.
    sendNow(theirs, "the last one");
    assert.deepEqual(bench.reap(), [
      { userData: 1, result: 1, id: 0, more: true, bufferMore: false },
      { userData: 1, result: 11, id: 1, more: true, bufferMore: true },
    ]);
    assert.equal(bench.text(0, 99, 1) + bench.text(1, 0, 11), "the last one");
  });

  it("is shared by connections, whose messages follow each other", (t) => {
    const bench = new Bench(t, 1, 1000, IOU_PBUF_RING_INC);
    const [one, toOne] = bench.connect();
    const [two, toTwo] = bench.connect();
    bench.receive(one, 1);
    bench.receive(two, 2);
    let start = 0;
    for (let i = 0; i < 20; i++) {
      const first = i % 3 !== 0;
      sendNow(first ? toOne : toTwo, `m${i}`);
      const [received] = bench.reap();
      assert.equal(received!.userData, first ? 1 : 2);
      assert.equal(bench.text(0, start, received!.result), `m${i}`);
      start += received!.result;
    }
  });

  it("goes on with a buffer after the end of a connection", (t) => {
    const bench = new Bench(t, 1, 100, IOU_PBUF_RING_INC);
    const [one, toOne] = bench.connect();
    const [two, toTwo] = bench.connect();
    bench.receive(one, 1);
    bench.receive(two, 2);
    sendNow(toOne, "first");
    assert.equal(bench.reap()[0]!.result, 5);
    syscalls.shutdown(toOne, 1);
    const [end] = bench.reap();
    assert.deepEqual(end, { userData: 1, result: 0, id: -1, more: false, bufferMore: false });
    sendNow(toTwo, "second");
    const [received] = bench.reap();
    assert.deepEqual(received, { userData: 2, result: 6, id: 0, more: true, bufferMore: true });
    assert.equal(bench.text(0, 0, 11), "firstsecond");
  });

  it("uses a buffer that is filled exactly up, without a rest", (t) => {
    const bench = new Bench(t, 2, 10, IOU_PBUF_RING_INC);
    const [ours, theirs] = bench.connect();
    bench.receive(ours, 1);
    sendNow(theirs, "0123456789");
    assert.deepEqual(bench.reap(), [{ userData: 1, result: 10, id: 0, more: true, bufferMore: false }]);
    sendNow(theirs, "x");
    assert.deepEqual(bench.reap(), [{ userData: 1, result: 1, id: 1, more: true, bufferMore: true }]);
  });

  it("keeps every byte in its place, whatever is sent", (t) => {
    for (const seed of seeds(3)) {
      t.diagnostic(`seed ${seed}`);
      const random = new Random(seed);
      const bench = new Bench(t, 4, 256, IOU_PBUF_RING_INC);
      const used = [0, 0, 0, 0];
      const connections = Array.from({ length: 3 }, () => bench.connect());
      const sent = connections.map(() => "");
      const received = connections.map(() => "");
      connections.forEach(([ours], i) => {
        bench.receive(ours, i);
      });
      for (let step = 0; step < 3000; step++) {
        for (let i = 1 + random.below(3); i > 0; i--) {
          const to = random.below(3);
          const text = `${step}.${i}|`.repeat(1 + random.magnitude(40));
          if (sendNow(connections[to]![1], text) === text.length) sent[to] += text;
        }
        for (const { userData, result, id, more, bufferMore } of bench.reap()) {
          if (id >= 0) {
            received[userData] += bench.text(id, used[id]!, result);
            used[id] = bufferMore ? used[id]! + result : 0;
            if (!bufferMore) bench.add(id);
          } else assert.equal(result, -ENOBUFS);
          bench.buffers.publish();
          if (!more) bench.receive(connections[userData]![0], userData);
        }
      }
      for (let i = 0; i < 1000; i++) {
        for (const { userData, result, id, more, bufferMore } of bench.reap()) {
          if (id >= 0) {
            received[userData] += bench.text(id, used[id]!, result);
            used[id] = bufferMore ? used[id]! + result : 0;
            if (!bufferMore) bench.add(id);
          }
          bench.buffers.publish();
          if (!more) bench.receive(connections[userData]![0], userData);
        }
      }
      assert.deepEqual(received, sent);
    }
  });
});

/** Why there are no incremental buffers here, or false. */
function incrementalRefusal(): string | false {
  const ring = new Ring({ entries: 1, completionEntries: 2, flags: 0 });
  try {
    new BufferRing(ring, GROUP, 1, IOU_PBUF_RING_INC).close();
    return false;
  } catch (error) {
    return `this kernel has no incremental buffers (Linux 6.12 has): ${(error as SystemError).message}`;
  } finally {
    ring.close();
  }
}
