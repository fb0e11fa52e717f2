import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  ENTRY_WORDS,
  prepareAccept,
  prepareCancel,
  prepareClose,
  prepareConnect,
  prepareMultishotAccept,
  prepareMultishotRecv,
  prepareNop,
  prepareRead,
  prepareRecvSelect,
  prepareRw,
  prepareSend,
  prepareShutdown,
  prepareTransfer,
  prepareWrite,
  setFixedBuffer,
  setFixedFile,
  setThirdAddress,
  setUserData,
} from "../../../src/uring/index.ts";

/** `struct io_uring_sqe` of linux/io_uring.h by its fields' names; what is not named is zero. */
interface Entry {
  opcode: number;
  flags?: number;
  ioprio?: number;
  fd: number;
  /** `off` and `addr2` are one. */
  off?: bigint;
  addr?: bigint;
  len?: number;
  /** The union of `rw_flags`, `msg_flags`, `accept_flags`, `cancel_flags` and others. */
  op_flags?: number;
  user_data?: bigint;
  /** `buf_index` and `buf_group` are one. */
  buf_group?: number;
  addr3?: bigint;
}

function bytesOf(entry: Entry): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.writeUInt8(entry.opcode, 0);
  bytes.writeUInt8(entry.flags ?? 0, 1);
  bytes.writeUInt16LE(entry.ioprio ?? 0, 2);
  bytes.writeInt32LE(entry.fd, 4);
  bytes.writeBigUInt64LE(entry.off ?? 0n, 8);
  bytes.writeBigUInt64LE(entry.addr ?? 0n, 16);
  bytes.writeUInt32LE(entry.len ?? 0, 24);
  bytes.writeUInt32LE(entry.op_flags ?? 0, 28);
  bytes.writeBigUInt64LE(entry.user_data ?? 0n, 32);
  bytes.writeUInt16LE(entry.buf_group ?? 0, 40);
  bytes.writeBigUInt64LE(entry.addr3 ?? 0n, 48);
  return bytes;
}

/** Prepares the second of three entries that were used before, and returns its bytes. */
function prepared(prepare: (words: Int32Array, at: number) => void): Buffer {
  const words = new Int32Array(3 * ENTRY_WORDS).fill(-0x55555556);
  prepare(words, ENTRY_WORDS);
  const neighbours = [...words.subarray(0, ENTRY_WORDS), ...words.subarray(2 * ENTRY_WORDS)];
  assert.ok(
    neighbours.every((word) => word === -0x55555556),
    "the neighbours are left alone",
  );
  return Buffer.from(words.buffer, ENTRY_WORDS * 4, ENTRY_WORDS * 4);
}

// Both halves of an address have their highest bit in use: 47 bits are what a process has.
const ADDRESS = 0x7fff_8765_4321;

describe("a prepared entry", () => {
  it("is 64 bytes long", () => {
    assert.equal(ENTRY_WORDS * 4, 64);
  });

  const cases: [string, (words: Int32Array, at: number) => void, Entry][] = [
    ["nop", (words, at) => prepareNop(words, at), { opcode: 0, fd: -1 }],
    [
      "accept",
      (words, at) => prepareAccept(words, at, 7, 0o2000000),
      { opcode: 13, fd: 7, op_flags: 0o2000000 },
    ],
    [
      "multishot accept",
      (words, at) => prepareMultishotAccept(words, at, 7, 0o2004000),
      { opcode: 13, fd: 7, ioprio: 1, op_flags: 0o2004000 },
    ],
    [
      "connect",
      (words, at) => prepareConnect(words, at, 9, ADDRESS, 28),
      { opcode: 16, fd: 9, addr: BigInt(ADDRESS), off: 28n },
    ],
    [
      "send",
      (words, at) => prepareSend(words, at, 11, ADDRESS, 0x7fff_ffff, 0x4100),
      { opcode: 26, fd: 11, addr: BigInt(ADDRESS), len: 0x7fff_ffff, op_flags: 0x4100 },
    ],
    [
      "receive with buffer selection",
      (words, at) => prepareRecvSelect(words, at, 12, 0xfedc),
      { opcode: 27, fd: 12, flags: 1 << 5, buf_group: 0xfedc },
    ],
    [
      "multishot receive",
      (words, at) => prepareMultishotRecv(words, at, 12, 3),
      { opcode: 27, fd: 12, flags: 1 << 5, ioprio: 2, buf_group: 3 },
    ],
    [
      "read",
      (words, at) => prepareRead(words, at, 13, ADDRESS, 0x7fff_f000, 0x1f_ffff_ffff_ffff),
      { opcode: 22, fd: 13, addr: BigInt(ADDRESS), len: 0x7fff_f000, off: 0x1f_ffff_ffff_ffffn },
    ],
    [
      "write",
      (words, at) => prepareWrite(words, at, 14, ADDRESS, 5, 0x8765_4321),
      { opcode: 23, fd: 14, addr: BigInt(ADDRESS), len: 5, off: 0x8765_4321n },
    ],
    [
      "any operation",
      (words, at) => prepareRw(words, at, 28, -100, ADDRESS, 24, ADDRESS + 64, 7),
      { opcode: 28, fd: -100, addr: BigInt(ADDRESS), len: 24, off: BigInt(ADDRESS + 64), op_flags: 7 },
    ],
    [
      "read where the descriptor is, of a registered file",
      (words, at) => {
        prepareRead(words, at, 13, ADDRESS, 5, -1);
        setFixedFile(words, at, 200);
      },
      { opcode: 22, flags: 1, fd: 200, addr: BigInt(ADDRESS), len: 5, off: 0xffff_ffff_ffff_ffffn },
    ],
    [
      "read into a registered buffer",
      (words, at) => {
        prepareRead(words, at, 13, ADDRESS, 5, 6);
        setFixedFile(words, at, 200);
        setFixedBuffer(words, at, 63);
      },
      { opcode: 4, flags: 1, fd: 200, addr: BigInt(ADDRESS), len: 5, off: 6n, buf_group: 63 },
    ],
    [
      "operation with a third address",
      (words, at) => {
        prepareRw(words, at, 44, 0, 0, 0, 0, 0);
        setThirdAddress(words, at, ADDRESS);
      },
      { opcode: 44, fd: 0, addr3: BigInt(ADDRESS) },
    ],
    [
      "read with all that a driver says of it",
      (words, at) => prepareTransfer(words, at, 4 | (1 << 8), 200, ADDRESS, 5, 2 ** 33 + 6, 63, -2, 9),
      {
        ...{ opcode: 4, flags: 1, fd: 200, addr: BigInt(ADDRESS), len: 5, off: 2n ** 33n + 6n },
        ...{ buf_group: 63, user_data: 0x9_ffff_fffen },
      },
    ],
    [
      "write where one was before",
      (words, at) => {
        prepareTransfer(words, at, 23, 200, ADDRESS, 5, 2 ** 33, 0, -2, 9);
        prepareTransfer(words, at, 23, 14, ADDRESS + 64, 6, 7, 0, 1, 2);
      },
      { opcode: 23, fd: 14, addr: BigInt(ADDRESS + 64), len: 6, off: 7n, user_data: 0x2_0000_0001n },
    ],
    [
      "write where something else was before",
      (words, at) => {
        prepareRw(words, at, 44, 1, ADDRESS, 2, 3, 4);
        setThirdAddress(words, at, ADDRESS);
        prepareTransfer(words, at, 23, 14, ADDRESS, 6, 7, 0, 1, 2);
      },
      { opcode: 23, fd: 14, addr: BigInt(ADDRESS), len: 6, off: 7n, user_data: 0x2_0000_0001n },
    ],
    ["shutdown", (words, at) => prepareShutdown(words, at, 5, 1), { opcode: 34, fd: 5, len: 1 }],
    ["close", (words, at) => prepareClose(words, at, 6), { opcode: 19, fd: 6 }],
    [
      "cancel",
      (words, at) => prepareCancel(words, at, -2, 0x3fffffff),
      { opcode: 14, fd: -1, addr: 0x3fffffff_fffffffen },
    ],
  ];
  for (const [name, prepare, entry] of cases) {
    it(`of ${name} has the bytes that the kernel expects, whatever was there before`, () => {
      assert.deepEqual(prepared(prepare), bytesOf(entry));
    });
  }

  it("carries its user data, low half first", () => {
    const bytes = prepared((words, at) => {
      prepareNop(words, at);
      setUserData(words, at, -2, 0x12345678);
    });
    assert.deepEqual(bytes, bytesOf({ opcode: 0, fd: -1, user_data: 0x12345678_fffffffen }));
  });

  it("passes addresses on exactly, wherever they are", () => {
    for (const address of [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, 0x7fff_ffff_ffff]) {
      const bytes = prepared((words, at) => prepareSend(words, at, 1, address, 1, 0));
      assert.equal(bytes.readBigUInt64LE(16), BigInt(address));
    }
  });
});
