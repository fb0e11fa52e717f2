import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import {
  decodeSocketAddress,
  encodeSocketAddress,
  FLOCK_BYTES,
  SOCKADDR_BYTES,
  STATX_BYTES,
} from "../../src/sys/index.ts";
import {
  COMPLETION_WORDS,
  ENTRY_WORDS,
  prepareCancel,
  prepareConnect,
  prepareMultishotRecv,
  prepareSend,
  setUserData,
} from "../../src/uring/index.ts";
import { programResult } from "../support/programs.ts";
import { compilerRefusal, valuesInC } from "./c-program.ts";

const SOCKET_HEADERS = ["netinet/in.h", "netinet/tcp.h", "sys/epoll.h", "sys/socket.h", "sys/un.h"];

/** A struct's size and its members' offsets as C has them; members that the headers lack are skipped subtests. */
async function layoutInC(
  t: TestContext,
  headers: readonly string[],
  struct: string,
  members: readonly string[],
  flags: readonly string[] = [],
): Promise<Record<string, number>> {
  const expressions = new Map(members.map((member) => [member, `offsetof(${struct}, ${member})`]));
  const values = valuesInC(headers, [`sizeof(${struct})`, ...expressions.values()], flags);
  const layout: Record<string, number> = { size: values.get(`sizeof(${struct})`)! };
  for (const [member, expression] of expressions) {
    const offset = values.get(expression);
    if (offset !== undefined) layout[member] = offset;
    else {
      const skip = "the headers of this machine are older than this member";
      await t.test(`${struct}.${member}`, { skip }, () => {});
    }
  }
  return layout;
}

/** Compares a struct's layout with what our modules take for granted. */
async function expectLayout(
  t: TestContext,
  headers: readonly string[],
  struct: string,
  expected: Readonly<Record<string, number>>,
  flags: readonly string[] = [],
): Promise<void> {
  const members = Object.keys(expected).filter((name) => name !== "size");
  const layout = await layoutInC(t, headers, struct, members, flags);
  for (const [name, offset] of Object.entries(layout))
    assert.equal(expected[name], offset, `${struct}.${name}`);
}

describe("our socket addresses", { skip: compilerRefusal }, () => {
  const bytes = Buffer.alloc(SOCKADDR_BYTES);

  it("fit struct sockaddr_storage, the largest of all", async (t) => {
    await expectLayout(t, SOCKET_HEADERS, "struct sockaddr_storage", { size: SOCKADDR_BYTES, ss_family: 0 });
  });

  it("are struct sockaddr_in for IPv4", async (t) => {
    const length = encodeSocketAddress({ family: "IPv4", address: "1.2.3.4", port: 0x1234 }, bytes);
    const layout = await layoutInC(t, SOCKET_HEADERS, "struct sockaddr_in", [
      "sin_family",
      "sin_port",
      "sin_addr",
    ]);
    assert.equal(length, layout.size);
    assert.equal(
      bytes.readUInt16LE(layout.sin_family!),
      valuesInC(SOCKET_HEADERS, ["AF_INET"]).get("AF_INET"),
    );
    assert.equal(bytes.readUInt16BE(layout.sin_port!), 0x1234);
    assert.deepEqual([...bytes.subarray(layout.sin_addr!, layout.sin_addr! + 4)], [1, 2, 3, 4]);
  });

  it("are struct sockaddr_in6 for IPv6", async (t) => {
    const length = encodeSocketAddress({ family: "IPv6", address: "fe80::1%7", port: 0x1234 }, bytes);
    const layout = await layoutInC(t, SOCKET_HEADERS, "struct sockaddr_in6", [
      "sin6_family",
      "sin6_port",
      "sin6_flowinfo",
      "sin6_addr",
      "sin6_scope_id",
    ]);
    assert.equal(length, layout.size);
    assert.equal(
      bytes.readUInt16LE(layout.sin6_family!),
      valuesInC(SOCKET_HEADERS, ["AF_INET6"]).get("AF_INET6"),
    );
    assert.equal(bytes.readUInt16BE(layout.sin6_port!), 0x1234);
    assert.equal(bytes.readUInt32LE(layout.sin6_flowinfo!), 0);
    const address = bytes.subarray(layout.sin6_addr!, layout.sin6_addr! + 16);
    assert.equal(address.toString("hex"), "fe800000000000000000000000000001");
    assert.equal(bytes.readUInt32LE(layout.sin6_scope_id!), 7);
  });

  it("are struct sockaddr_un for Unix sockets, with a path as long as it can be", async (t) => {
    const layout = await layoutInC(t, SOCKET_HEADERS, "struct sockaddr_un", ["sun_family", "sun_path"]);
    const longest = layout.size! - layout.sun_path! - 1;
    const path = "p".repeat(longest);
    const length = encodeSocketAddress({ family: "Unix", path }, bytes);
    assert.equal(length, layout.size);
    assert.equal(
      bytes.readUInt16LE(layout.sun_family!),
      valuesInC(SOCKET_HEADERS, ["AF_UNIX"]).get("AF_UNIX"),
    );
    assert.equal(bytes.toString("latin1", layout.sun_path!, layout.sun_path! + longest), path);
    assert.deepEqual(decodeSocketAddress(bytes, length), { family: "Unix", path });
    assert.throws(() => encodeSocketAddress({ family: "Unix", path: `${path}p` }, bytes));
  });
});

describe("our layouts of files", { skip: compilerRefusal }, () => {
  it("are struct statx, its times struct statx_timestamp", async (t) => {
    await expectLayout(t, ["sys/stat.h"], "struct statx", {
      ...{
        size: STATX_BYTES,
        stx_blksize: 4,
        stx_nlink: 16,
        stx_uid: 20,
        stx_gid: 24,
        stx_mode: 28,
        stx_ino: 32,
      },
      ...{ stx_size: 40, stx_blocks: 48, stx_atime: 64, stx_btime: 80, stx_ctime: 96, stx_mtime: 112 },
      ...{ stx_rdev_major: 128, stx_rdev_minor: 132, stx_dev_major: 136, stx_dev_minor: 140 },
      ...{ stx_attributes: 8, stx_mnt_id: 144, stx_dio_mem_align: 152, stx_dio_offset_align: 156 },
    });
    await expectLayout(t, ["sys/stat.h"], "struct statx_timestamp", { size: 16, tv_sec: 0, tv_nsec: 8 });
  });

  it("are struct flock, struct iovec, struct timespec and struct linux_dirent64", async (t) => {
    const flock = { size: FLOCK_BYTES, l_type: 0, l_whence: 2, l_start: 8, l_len: 16, l_pid: 24 };
    await expectLayout(t, ["fcntl.h"], "struct flock", flock);
    await expectLayout(t, ["sys/uio.h"], "struct iovec", { size: 16, iov_base: 0, iov_len: 8 });
    await expectLayout(t, ["time.h"], "struct timespec", { size: 16, tv_sec: 0, tv_nsec: 8 });
    // The C library's name for the kernel's structure.
    await expectLayout(t, ["dirent.h"], "struct dirent64", {
      size: 280,
      d_reclen: 16,
      d_type: 18,
      d_name: 19,
    });
  });
});

describe("our layouts of io_uring", { skip: compilerRefusal }, () => {
  const headers = ["linux/io_uring.h"];

  it("have submission entries as struct io_uring_sqe", async (t) => {
    const layout = await layoutInC(t, headers, "struct io_uring_sqe", [
      "opcode",
      "flags",
      "ioprio",
      "fd",
      "off",
      "addr2",
      "addr",
      "len",
      "msg_flags",
      "user_data",
      "buf_index",
      "buf_group",
      "file_index",
      "addr3",
    ]);
    assert.equal(ENTRY_WORDS * 4, layout.size);
    const words = new Int32Array(ENTRY_WORDS);
    const entry = Buffer.from(words.buffer);
    prepareSend(words, 0, 77, 0x7fff_8765_4321, 1234, 0x4100);
    setUserData(words, 0, -2, 0x1234);
    assert.equal(entry[layout.opcode!], valuesInC(headers, ["IORING_OP_SEND"]).get("IORING_OP_SEND"));
    assert.equal(entry.readInt32LE(layout.fd), 77);
    assert.equal(entry.readBigUInt64LE(layout.addr), 0x7fff_8765_4321n);
    assert.equal(entry.readUInt32LE(layout.len), 1234);
    assert.equal(entry.readUInt32LE(layout.msg_flags), 0x4100);
    assert.equal(entry.readBigUInt64LE(layout.user_data), 0x1234_fffffffen);
    prepareMultishotRecv(words, 0, 77, 0xabcd);
    assert.equal(entry[layout.flags!], 1 << 5);
    assert.equal(entry.readUInt16LE(layout.ioprio), 2);
    assert.equal(entry.readUInt16LE(layout.buf_group), 0xabcd);
    prepareConnect(words, 0, 77, 0x1000, 28);
    assert.equal(entry.readBigUInt64LE(layout.addr2), 28n);
    prepareCancel(words, 0, 5, 6);
    assert.equal(entry.readBigUInt64LE(layout.addr), 0x6_00000005n);
  });

  it("have completion entries as struct io_uring_cqe", async (t) => {
    await expectLayout(t, headers, "struct io_uring_cqe", {
      size: COMPLETION_WORDS * 4,
      user_data: 0,
      res: 8,
      flags: 12,
    });
  });

  it("have the parameters of the set-up as struct io_uring_params", async (t) => {
    await expectLayout(t, headers, "struct io_uring_params", {
      size: 30 * 4,
      sq_entries: 0,
      cq_entries: 4,
      flags: 8,
      features: 20,
      sq_off: 10 * 4,
      cq_off: 20 * 4,
    });
    await expectLayout(t, headers, "struct io_sqring_offsets", {
      size: 40,
      head: 0,
      tail: 4,
      ring_mask: 8,
      flags: 16,
      array: 24,
    });
    await expectLayout(t, headers, "struct io_cqring_offsets", {
      size: 40,
      head: 0,
      tail: 4,
      ring_mask: 8,
      cqes: 20,
      flags: 24,
    });
  });

  it("have buffer rings as struct io_uring_buf_reg and struct io_uring_buf_ring", async (t) => {
    await expectLayout(t, headers, "struct io_uring_buf_reg", {
      size: 40,
      ring_addr: 0,
      ring_entries: 8,
      bgid: 12,
      flags: 14,
    });
    await expectLayout(t, headers, "struct io_uring_buf", { size: 16, addr: 0, len: 8, bid: 12 });
    await expectLayout(t, headers, "struct io_uring_buf_ring", { size: 16, tail: 14 });
  });

  it("have registered buffers as struct io_uring_rsrc_update2 of struct iovec", async (t) => {
    await expectLayout(t, headers, "struct io_uring_rsrc_update2", {
      size: 32,
      offset: 0,
      data: 8,
      tags: 16,
      nr: 24,
    });
    await expectLayout(t, [...headers, "sys/uio.h"], "struct iovec", { size: 16, iov_base: 0, iov_len: 8 });
  });

  it("have registered files as struct io_uring_rsrc_register and struct io_uring_files_update", async (t) => {
    await expectLayout(t, headers, "struct io_uring_rsrc_register", {
      size: 32,
      nr: 0,
      flags: 4,
      data: 16,
      tags: 24,
    });
    await expectLayout(t, headers, "struct io_uring_files_update", { size: 16, offset: 0, fds: 8 });
  });

  it("have the probe as struct io_uring_probe", async (t) => {
    await expectLayout(t, headers, "struct io_uring_probe", { size: 16, last_op: 0, ops_len: 1, ops: 16 });
    await expectLayout(t, headers, "struct io_uring_probe_op", { size: 8, op: 0, flags: 2 });
  });
});

describe("our view of libuv", () => {
  const folder = [
    join(dirname(process.execPath), "../include/node"),
    "/usr/include/node",
    "/usr/include",
  ].find((path) => existsSync(join(path, "uv.h")));
  const skip = compilerRefusal || (folder === undefined && "the headers of libuv are not installed here");

  it("has the flags of a handle where its headers have them", { skip }, async (t) => {
    const flags = [`-I${folder}`];
    await expectLayout(t, ["uv.h"], "uv_handle_t", { size: 96, flags: 88 }, flags);
    const values = valuesInC(["uv.h"], ["UV_POLL", "UV_READABLE", "sizeof(((uv_handle_t*)0)->flags)"], flags);
    assert.deepEqual([...values.values()], [8, 1, 4]);
  });

  it("makes a watcher that the running libuv takes for one of its own, which do not count", async () => {
    // uv_walk(3), by which a report lists handles, passes over internal ones.
    const { before, without, after } = await programResult<Record<string, number>>(`
      import { NodeWatcher, syscalls } from "$src/sys/index.js";
      const polls = () => process.report.getReport().libuv.filter(({ type }) => type === "poll").length;
      const before = polls();
      const watcher = new NodeWatcher(syscalls.eventfd(0, 0), false, () => {});
      const without = polls();
      watcher.close();
      console.log(JSON.stringify({ before, without, after: polls() }));
    `);
    assert.equal(without, before);
    assert.equal(after, before);
  });
});
