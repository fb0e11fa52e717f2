import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { addressOf, EFD_CLOEXEC, EFD_NONBLOCK, SHUT_WR, syscalls } from "../../../src/sys/index.ts";
import {
  COMPLETION_WORDS,
  IORING_OP_ACCEPT,
  IORING_OP_NOP,
  IORING_OP_RECV,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_NO_MMAP,
  IORING_SETUP_TASKRUN_FLAG,
  prepareClose,
  prepareNop,
  prepareSend,
  prepareShutdown,
  Ring,
  setUserData,
  supportedOpcodes,
} from "../../../src/uring/index.ts";
import { Random, seeds } from "../support/random.ts";
import { ringKinds, ringRefusal, sendNow, socketPair } from "../support/uring.ts";

/** Prepares a NOP. @returns whether there was room */
function nop(ring: Ring, low: number, high = 0): boolean {
  const at = ring.nextEntry();
  if (at < 0) return false;
  prepareNop(ring.entries, at);
  setUserData(ring.entries, at, low, high);
  return true;
}

/** A receive of one byte that waits until there is one. */
function receiveOne(ring: Ring, fd: number, address: number, userData: number): void {
  const at = ring.nextEntry();
  prepareSend(ring.entries, at, fd, address, 1, 0);
  ring.entries[at] = IORING_OP_RECV;
  setUserData(ring.entries, at, userData, 0);
}

interface Completion {
  low: number;
  high: number;
  result: number;
  flags: number;
}

function reap(ring: Ring): Completion[] {
  const count = ring.ready;
  const found = Array.from({ length: count }, (_, i) => {
    const at = ring.completionAt(i);
    const [low, high, result, flags] = ring.completions.subarray(at, at + COMPLETION_WORDS);
    return { low: low!, high: high!, result: result!, flags: flags! };
  });
  ring.advance(count);
  return found;
}

/** Descriptors of this process that are io_urings. */
function openRings(): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes("io_uring");
    } catch {
      return false;
    }
  }).length;
}

for (const [kind, flags] of Object.entries(ringKinds)) {
  describe(`a ring ${kind}`, { skip: ringRefusal(flags) }, () => {
    const deferred = (flags & IORING_SETUP_DEFER_TASKRUN) !== 0;
    const telling = (flags & IORING_SETUP_TASKRUN_FLAG) !== 0;
    const open = (t: TestContext, entries: number, completionEntries: number) => {
      const ring = new Ring({ entries, completionEntries, flags });
      t.after(() => ring.close());
      return ring;
    };

    it("gives a completion for an entry, with its user data", (t) => {
      const ring = open(t, 4, 8);
      assert.ok(nop(ring, 0x12345678, -7));
      assert.equal(ring.enter(1), 1);
      assert.deepEqual(reap(ring), [{ low: 0x12345678, high: -7, result: 0, flags: 0 }]);
      assert.equal(ring.ready, 0);
    });

    it("goes round and round with both rings, losing nothing and keeping the order", (t) => {
      for (const seed of seeds(2)) {
        t.diagnostic(`seed ${seed}`);
        const random = new Random(seed);
        const ring = open(t, 8, 16);
        let sent = 0;
        let received = 0;
        for (let round = 0; round < 5000; round++) {
          const wanted = 1 + random.below(8);
          for (let i = 0; i < wanted; i++) assert.ok(nop(ring, sent++, round));
          assert.equal(ring.unsubmitted, wanted);
          assert.equal(ring.enter(wanted), wanted);
          assert.equal(ring.unsubmitted, 0);
          const found = reap(ring);
          assert.equal(found.length, wanted);
          for (const completion of found) {
            assert.deepEqual(completion, { low: received++, high: round, result: 0, flags: 0 });
          }
        }
      }
    });

    it("gives completions back bit by bit", (t) => {
      const ring = open(t, 8, 8);
      for (let i = 0; i < 8; i++) nop(ring, i);
      ring.enter(8);
      assert.equal(ring.ready, 8);
      assert.equal(ring.completions[ring.completionAt(5)], 5);
      ring.advance(3);
      assert.equal(ring.ready, 5);
      assert.equal(ring.completions[ring.completionAt(0)], 3);
      for (let i = 8; i < 11; i++) nop(ring, i);
      ring.enter();
      assert.deepEqual(
        reap(ring).map(({ low }) => low),
        [3, 4, 5, 6, 7, 8, 9, 10],
      );
    });

    it("says -1 when every entry is taken, until it is entered", (t) => {
      const ring = open(t, 4, 16);
      for (let i = 0; i < 4; i++) assert.ok(nop(ring, i));
      assert.equal(ring.nextEntry(), -1);
      assert.equal(ring.nextEntry(), -1);
      assert.equal(ring.unsubmitted, 4);
      assert.equal(ring.enter(4), 4);
      assert.ok(nop(ring, 4));
      assert.equal(ring.unsubmitted, 1);
      ring.enter(5);
      assert.equal(ring.ready, 5);
    });

    it("does nothing before it is entered", (t) => {
      const ring = open(t, 4, 8);
      nop(ring, 1);
      assert.equal(ring.ready, 0);
      assert.equal(ring.enters, 0);
      ring.enter(1);
      assert.equal(ring.enters, 1);
      assert.equal(ring.ready, 1);
    });

    it("rounds its size up to a power of two", (t) => {
      const ring = open(t, 3, 6);
      let taken = 0;
      while (nop(ring, taken)) taken++;
      assert.equal(taken, 4);
      ring.enter(4);
      for (let i = 0; i < 4; i++) nop(ring, 4 + i);
      ring.enter(8);
      assert.equal(ring.ready, 8);
    });

    it("loses nothing when far more completes than fits, and says so", (t) => {
      const ring = open(t, 4, 4);
      for (let i = 0; i < 400; i++) {
        while (!nop(ring, i)) assert.ok(ring.enter() >= 0 || ring.unsubmitted === 4);
      }
      while (ring.unsubmitted > 0) ring.enter();
      assert.equal(ring.ready, 4);
      assert.ok(ring.overflown);
      assert.ok(ring.hasDeferredWork);
      const found: number[] = [];
      for (let enters = 0; found.length < 400 && enters < 1000; enters++) {
        found.push(...reap(ring).map(({ low }) => low));
        ring.enter();
      }
      assert.deepEqual(
        found,
        Array.from({ length: 400 }, (_, i) => i),
      );
      assert.ok(!ring.overflown);
      assert.ok(!ring.hasDeferredWork);
    });

    if (telling)
      it("tells of work that the kernel has put off", (t) => {
        const ring = open(t, 4, 8);
        const [one, other] = socketPair();
        const byte = Buffer.allocUnsafeSlow(1);
        receiveOne(ring, one, addressOf(byte), 5);
        ring.enter();
        assert.equal(ring.ready, 0);
        assert.ok(!ring.hasDeferredWork);
        sendNow(other, "x");
        if (deferred) {
          assert.ok(ring.hasDeferredWork);
          assert.equal(ring.ready, 0);
          ring.enter();
        }
        assert.deepEqual(reap(ring), [{ low: 5, high: 0, result: 1, flags: 0 }]);
        assert.ok(!ring.hasDeferredWork);
        assert.equal(byte.toString(), "x");
        syscalls.close(one);
        syscalls.close(other);
      });

    it("counts an eventfd up when something completes, unless that is muted", (t) => {
      const ring = open(t, 4, 8);
      const eventfd = syscalls.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
      const value = Buffer.allocUnsafeSlow(8);
      const counted = () => syscalls.eventfdRead(eventfd, addressOf(value)) === 0;
      const [one, other] = socketPair();
      const byte = Buffer.allocUnsafeSlow(1);
      const receive = () => {
        receiveOne(ring, one, addressOf(byte), 0);
        ring.enter();
      };
      assert.equal(ring.registerEventfd(eventfd), 0);
      receive();
      assert.ok(!counted(), "not while it waits");
      sendNow(other, "a");
      assert.ok(counted(), "once it completes");
      ring.enter();
      assert.equal(reap(ring).length, 1);

      counted();
      ring.muteEventfd(true);
      receive();
      sendNow(other, "b");
      assert.ok(!counted(), "not while it is muted");
      ring.enter();
      assert.equal(reap(ring).length, 1);

      ring.muteEventfd(false);
      receive();
      sendNow(other, "c");
      assert.ok(counted(), "again afterwards");
      ring.enter();
      assert.equal(reap(ring).length, 1);

      counted();
      assert.equal(ring.unregisterEventfd(), 0);
      receive();
      sendNow(other, "d");
      assert.ok(!counted(), "not any more");
      for (const fd of [eventfd, one, other]) syscalls.close(fd);
    });

    it("shuts down and closes descriptors", (t) => {
      const ring = open(t, 4, 8);
      const [one, other] = socketPair();
      prepareShutdown(ring.entries, ring.nextEntry(), one, SHUT_WR);
      ring.enter(1);
      assert.equal(reap(ring)[0]!.result, 0);
      const byte = Buffer.allocUnsafeSlow(1);
      assert.equal(syscalls.recv(other, addressOf(byte), 1, 0), 0);
      prepareClose(ring.entries, ring.nextEntry(), one);
      ring.enter(1);
      assert.equal(reap(ring)[0]!.result, 0);
      assert.equal(syscalls.close(one), -9, "EBADF: it is closed already");
      syscalls.close(other);
    });

    it("knows the opcodes that the kernel knows", (t) => {
      const opcodes = supportedOpcodes(open(t, 1, 2));
      for (const opcode of [IORING_OP_NOP, IORING_OP_ACCEPT, IORING_OP_RECV]) assert.ok(opcodes.has(opcode));
      assert.ok(!opcodes.has(255));
    });

    it("gives its descriptor and its memory back when it is closed", () => {
      const rings = openRings();
      // Of a ring, or shared and without a name.
      const kind = (flags & IORING_SETUP_NO_MMAP) === 0 ? "io_uring" : "/dev/zero (deleted)";
      const mappings = () => readFileSync("/proc/self/maps", "utf8").split(kind).length - 1;
      const before = mappings();
      const ring = new Ring({ entries: 8, completionEntries: 16, flags });
      assert.equal(openRings(), rings + 1);
      assert.ok(mappings() > before);
      nop(ring, 1);
      ring.enter(1);
      ring.close();
      assert.equal(openRings(), rings);
      assert.equal(mappings(), before);
    });

    it("is not inherited by programs that are started", (t) => {
      const ring = open(t, 1, 2);
      const info = readFileSync(`/proc/self/fdinfo/${ring.fd}`, "utf8");
      const mode = Number.parseInt(/flags:\s*(\d+)/.exec(info)![1]!, 8);
      assert.equal(mode & 0o2000000, 0o2000000, "O_CLOEXEC");
    });
  });
}

describe("a ring that the kernel refuses", { skip: ringRefusal() }, () => {
  it("is an error in Node's shape, and leaves no descriptor behind", () => {
    const rings = openRings();
    for (const options of [
      { entries: 0, completionEntries: 8, flags: 0 },
      { entries: 8, completionEntries: 4, flags: 0 },
      { entries: 1 << 20, completionEntries: 1 << 21, flags: 0 },
      { entries: 8, completionEntries: 16, flags: 1 << 30 },
    ]) {
      assert.throws(() => new Ring(options), { code: "EINVAL", errno: -22, syscall: "io_uring_setup" });
    }
    assert.equal(openRings(), rings);
  });
});
