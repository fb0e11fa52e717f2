import assert from "node:assert/strict";
import fs from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { CALL, READ } from "../../src/drivers/index.ts";
import * as sys from "../../src/sys/index.ts";
import { folder, openFile, transfer } from "./regular-files.ts";
import { Noted, Rig } from "./rig.ts";
import { pair } from "./sockets.ts";
import type { Variant } from "./variants.ts";

const {
  EAGAIN,
  EBADF,
  ECANCELED,
  EEXIST,
  EINVAL,
  EISDIR,
  ENAMETOOLONG,
  ENODATA,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  ESPIPE,
} = constants.errno;

/** An argument: a number, text that becomes a C string, or memory that becomes its address. */
type Argument = number | string | Uint8Array;

/** A system call that is submitted. */
function start(rig: Rig, number: number, ...args: Argument[]): Noted {
  const memory = args.map((arg) => (typeof arg === "string" ? Buffer.from(`${arg}\0`) : arg));
  const noted = new Noted(CALL, -1);
  noted.request.call = {
    number,
    args: memory.map((arg) => (typeof arg === "number" ? arg : sys.addressOf(arg))),
    memory,
  };
  return rig.submit(noted);
}

/** Makes a system call and waits for its result. */
async function call(rig: Rig, number: number, ...args: Argument[]): Promise<number> {
  const noted = start(rig, number, ...args);
  await rig.until(() => noted.ended, `the end of the system call ${number}`);
  assert.deepEqual(noted.completions, [{ result: noted.last!.result, data: null, more: false }]);
  return noted.last!.result;
}

async function open(rig: Rig, path: string, flags: number, mode = 0o600): Promise<number> {
  const fd = await call(rig, sys.SYS_openat, sys.AT_FDCWD, path, flags | sys.O_CLOEXEC, mode);
  return fd < 0 ? fd : rig.own(fd);
}

/** An array of `struct iovec`. */
function vectors(...buffers: Buffer[]): Buffer {
  const words = new BigUint64Array(buffers.flatMap((b) => [BigInt(sys.addressOf(b)), BigInt(b.length)]));
  return Buffer.from(words.buffer);
}

/** `struct flock` for a whole file. */
function lock(type: number): Buffer {
  const bytes = Buffer.alloc(sys.FLOCK_BYTES);
  bytes.writeInt16LE(type, 0);
  return bytes;
}

/** What a variant's file calls do; each is a real call on a real file. */
export function fileCalls(variant: Variant): void {
  describe("system calls on files", () => {
    const setUp = (t: TestContext) => ({ rig: new Rig(t, variant), path: folder(t) });

    it("open files, make them, and say why not", async (t) => {
      const { rig, path } = setUp(t);
      const file = join(path, "file");
      assert.equal(await open(rig, file, sys.O_RDONLY), -ENOENT);
      const fd = await open(rig, file, sys.O_RDWR | sys.O_CREAT | sys.O_EXCL, 0o640);
      assert.ok(fd > 2);
      assert.equal(fs.statSync(file).mode & 0o777, 0o640 & ~process.umask());
      assert.equal(await open(rig, file, sys.O_RDWR | sys.O_CREAT | sys.O_EXCL), -EEXIST);
      assert.equal(await open(rig, path, sys.O_RDWR), -EISDIR);
      assert.equal(await open(rig, join(file, "x"), sys.O_RDONLY), -ENOTDIR);
      assert.equal(await open(rig, "x".repeat(5000), sys.O_RDONLY), -ENAMETOOLONG);
    });

    it("tell of a file", async (t) => {
      const { rig, path } = setUp(t);
      fs.writeFileSync(join(path, "file"), "12345");
      const stat = Buffer.alloc(sys.STATX_BYTES);
      const { SYS_statx, AT_FDCWD, STATX_BASIC_STATS } = sys;
      assert.equal(await call(rig, SYS_statx, AT_FDCWD, join(path, "file"), 0, STATX_BASIC_STATS, stat), 0);
      assert.equal(Number(stat.readBigUInt64LE(40)), 5);
      assert.equal(
        await call(rig, SYS_statx, AT_FDCWD, join(path, "no"), 0, STATX_BASIC_STATS, stat),
        -ENOENT,
      );
    });

    it("give a file its length, and have the disk keep it", async (t) => {
      const rig = new Rig(t, variant);
      const { fd, path } = openFile(t, rig, Buffer.from("0123456789"));
      assert.equal(await call(rig, sys.SYS_ftruncate, fd, 4), 0);
      assert.equal(fs.readFileSync(path, "latin1"), "0123");
      assert.equal(await call(rig, sys.SYS_fallocate, fd, 0, 10, 8190), 0);
      assert.equal(fs.statSync(path).size, 8200);
      assert.equal(await call(rig, sys.SYS_ftruncate, fd, 2 ** 32 + 5), 0);
      assert.equal(fs.statSync(path).size, 2 ** 32 + 5);
      assert.equal(await call(rig, sys.SYS_fsync, fd), 0);
      assert.equal(await call(rig, sys.SYS_fdatasync, fd), 0);
      assert.equal(await call(rig, sys.SYS_fadvise64, fd, 0, 0, sys.POSIX_FADV_DONTNEED), 0);
      const { SYS_fadvise64, POSIX_FADV_WILLNEED } = sys;
      assert.equal(await call(rig, SYS_fadvise64, fd, 0, 2 ** 32 + 4096, POSIX_FADV_WILLNEED), 0);
      assert.equal(await call(rig, SYS_fadvise64, fd, 0, 0, 77), -EINVAL);
      assert.equal(await call(rig, sys.SYS_fsync, 99_999), -EBADF);
    });

    it("make, rename, link and remove", async (t) => {
      const { rig, path } = setUp(t);
      const at = sys.AT_FDCWD;
      const [a, b, c] = ["a", "b", "c"].map((name) => join(path, name));
      assert.equal(await call(rig, sys.SYS_mkdirat, at, a!, 0o700), 0);
      assert.equal(await call(rig, sys.SYS_mkdirat, at, a!, 0o700), -EEXIST);
      fs.writeFileSync(join(a!, "file"), "text");
      assert.equal(await call(rig, sys.SYS_renameat2, at, a!, at, b!, 0), 0);
      assert.equal(await call(rig, sys.SYS_linkat, at, join(b!, "file"), at, c!, 0), 0);
      assert.equal(fs.readFileSync(c!, "latin1"), "text");
      assert.equal(await call(rig, sys.SYS_unlinkat, at, b!, sys.AT_REMOVEDIR), -ENOTEMPTY);
      assert.equal(await call(rig, sys.SYS_unlinkat, at, join(b!, "file"), 0), 0);
      assert.equal(await call(rig, sys.SYS_unlinkat, at, b!, sys.AT_REMOVEDIR), 0);
      assert.equal(await call(rig, sys.SYS_symlinkat, "c", at, a!), 0);
      const into = Buffer.alloc(100);
      assert.equal(await call(rig, sys.SYS_readlinkat, at, a!, into, into.length), 1);
      assert.equal(into[0], "c".charCodeAt(0));
      assert.deepEqual(fs.readdirSync(path).sort(), ["a", "c"]);
    });

    it("read and write several pieces at once, at a position", async (t) => {
      const rig = new Rig(t, variant);
      const { fd, path } = openFile(t, rig, Buffer.from("0123456789"));
      const pieces = [Buffer.from("ab"), Buffer.from("cde")];
      assert.equal(await call(rig, sys.SYS_pwritev, fd, vectors(...pieces), 2, 4), 5);
      assert.equal(fs.readFileSync(path, "latin1"), "0123abcde9");
      const into = [Buffer.alloc(3), Buffer.alloc(100)];
      assert.equal(await call(rig, sys.SYS_preadv, fd, vectors(...into), 2, 3), 7);
      assert.equal(Buffer.concat(into).subarray(0, 7).toString(), "3abcde9");
    });

    it("read and write where the descriptor is, and take it with them", async (t) => {
      const rig = new Rig(t, variant);
      const { fd, path } = openFile(t, rig, Buffer.from("0123456789"));
      const into = Buffer.alloc(4);
      assert.equal(await call(rig, sys.SYS_read, fd, into, 4), 4);
      assert.equal(into.toString(), "0123");
      assert.equal(await call(rig, sys.SYS_write, fd, Buffer.from("xy"), 2), 2);
      assert.equal(await call(rig, sys.SYS_read, fd, into, 4), 4);
      assert.equal(into.toString(), "6789");
      assert.equal(await call(rig, sys.SYS_read, fd, into, 4), 0);
      assert.equal(fs.readFileSync(path, "latin1"), "0123xy6789");
    });

    it("do the same in pieces, and refuse positions of what has none", async (t) => {
      const rig = new Rig(t, variant);
      const { fd, path } = openFile(t, rig, Buffer.from("0123456789"));
      const into = [Buffer.alloc(1), Buffer.alloc(3)];
      assert.equal(await call(rig, sys.SYS_readv, fd, vectors(...into), 2), 4);
      assert.equal(Buffer.concat(into).toString(), "0123");
      assert.equal(await call(rig, sys.SYS_writev, fd, vectors(Buffer.from("x"), Buffer.from("y")), 2), 2);
      assert.equal(fs.readFileSync(path, "latin1"), "0123xy6789");
      const [one, other] = rig.own(pair(0));
      fs.writeSync(other, "hello");
      assert.equal(await call(rig, sys.SYS_preadv, one, vectors(...into), 2, 0), -ESPIPE);
      assert.equal(await call(rig, sys.SYS_pwritev, one, vectors(...into), 2, 0), -ESPIPE);
      assert.equal(await call(rig, sys.SYS_readv, one, vectors(...into), 2), 4);
      assert.equal(Buffer.concat(into).toString(), "hell");
    });

    it("list a folder, and copy between files in the kernel", async (t) => {
      const rig = new Rig(t, variant);
      const from = openFile(t, rig, Buffer.from("0123456789"));
      const to = openFile(t, rig);
      const listed = await open(rig, join(from.path, ".."), sys.O_RDONLY | sys.O_DIRECTORY);
      const entries = Buffer.alloc(4096);
      const bytes = await call(rig, sys.SYS_getdents64, listed, entries, entries.length);
      assert.ok(entries.subarray(0, bytes).includes("file\0"));
      assert.equal(await call(rig, sys.SYS_getdents64, listed, entries, entries.length), 0);
      assert.equal(await call(rig, sys.SYS_copy_file_range, from.fd, 0, to.fd, 0, 100, 0), 10);
      assert.equal(fs.readFileSync(to.path, "latin1"), "0123456789");
      assert.equal(await call(rig, sys.SYS_ioctl, 99_999, sys.FICLONE, from.fd), -EBADF);
    });

    it("keep attributes, by path and by descriptor", async (t) => {
      const rig = new Rig(t, variant);
      const { fd, path } = openFile(t, rig);
      const into = Buffer.alloc(100);
      const name = "user.pentio";
      assert.equal(await call(rig, sys.SYS_fgetxattr, fd, name, into, 100), -ENODATA);
      assert.equal(await call(rig, sys.SYS_fsetxattr, fd, name, Buffer.from("one"), 3, sys.XATTR_CREATE), 0);
      assert.equal(
        await call(rig, sys.SYS_setxattr, path, name, Buffer.from("x"), 1, sys.XATTR_CREATE),
        -EEXIST,
      );
      assert.equal(await call(rig, sys.SYS_setxattr, path, name, Buffer.from("four"), 4, 0), 0);
      assert.equal(await call(rig, sys.SYS_getxattr, path, name, into, 100), 4);
      assert.equal(await call(rig, sys.SYS_fgetxattr, fd, name, into, 100), 4);
      assert.equal(into.toString("latin1", 0, 4), "four");
      assert.equal(await call(rig, sys.SYS_flistxattr, fd, into, 100), name.length + 1);
      assert.equal(await call(rig, sys.SYS_fremovexattr, fd, name), 0);
      assert.equal(await call(rig, sys.SYS_listxattr, path, into, 100), 0);
    });

    it("wait for a lock until it is free, or nobody wants it any more", async (t) => {
      const rig = new Rig(t, variant);
      const { fd, path } = openFile(t, rig);
      const other = rig.own(fs.openSync(path, "r+"));
      const { SYS_fcntl, F_OFD_SETLK, F_OFD_SETLKW, F_WRLCK, F_UNLCK } = sys;
      assert.equal(await call(rig, SYS_fcntl, fd, F_OFD_SETLK, lock(F_WRLCK)), 0);
      assert.equal(await call(rig, SYS_fcntl, other, F_OFD_SETLK, lock(F_WRLCK)), -EAGAIN);
      const unwanted = start(rig, SYS_fcntl, other, F_OFD_SETLKW, lock(F_WRLCK));
      const wanted = start(rig, SYS_fcntl, other, F_OFD_SETLKW, lock(F_WRLCK));
      rig.cancel(unwanted);
      await rig.until(() => unwanted.ended, "the cancelled wait");
      assert.deepEqual(unwanted.results, [-ECANCELED]);
      assert.equal(wanted.ended, false);
      assert.equal(await call(rig, SYS_fcntl, fd, F_OFD_SETLK, lock(F_UNLCK)), 0);
      await rig.until(() => wanted.ended, "the lock");
      assert.deepEqual(wanted.results, [0]);
    });

    it("that wait hold up no others, however many they are", async (t) => {
      const rig = new Rig(t, variant);
      const { fd } = openFile(t, rig, Buffer.from("0123456789"));
      const pairs = Array.from({ length: 14 }, () => rig.own(pair(0)));
      const waiting = pairs.map(([a]) => start(rig, sys.SYS_read, a, Buffer.alloc(1), 1));
      const into = Buffer.alloc(10);
      const read = transfer(rig, new Noted(READ, fd), into, 0);
      assert.equal(await call(rig, sys.SYS_fdatasync, fd), 0);
      await rig.until(() => read.ended, "the read");
      assert.equal(into.toString(), "0123456789");
      rig.cancel(waiting[0]!);
      await rig.until(() => waiting[0]!.ended, "the cancelled wait");
      assert.deepEqual(waiting[0]!.results, [-ECANCELED]);
      for (const [, b] of pairs.slice(1)) fs.writeSync(b, "x");
      await rig.until(() => waiting.every(({ ended }) => ended), "what all waited for");
      assert.ok(waiting.slice(1).every(({ results }) => results[0] === 1));
    });
  });
}
