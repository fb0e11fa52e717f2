import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import {
  alignedBuffer,
  appendFile,
  chmod,
  copyFile,
  type File,
  link,
  lstat,
  mkdir,
  type OpenFlags,
  open,
  openTemporary,
  parallelRead,
  readdir,
  readFile,
  readFiles,
  readlink,
  rename,
  rm,
  rmdir,
  stat,
  statx,
  symlink,
  truncate,
  unlink,
  utimes,
  writeFile,
} from "../../src/fs/index.ts";
import { type Operation, sleep, spawn } from "../../src/index.ts";
import { rejects, settle } from "../support/coroutines.ts";
import { folder } from "../support/folders.ts";
import { patternBytes } from "../support/pattern.ts";
import { describeRuntimes } from "../support/runtimes.ts";
import { usedMemory } from "../support/settling.ts";

const guard = { timeout: 180_000 };

/** The fields that Node's Stats and ours both have. */
const fields = [
  ...["dev", "ino", "mode", "nlink", "uid", "gid", "rdev", "size", "blksize", "blocks"],
  // Not atimeMs, for looking at a link changes it.
  ...["mtimeMs", "ctimeMs", "birthtimeMs"],
] as const;

describeRuntimes((runtime) => {
  it("a file is opened with each of Node's flags as Node opens it", guard, async (t) => {
    const path = join(folder(t), "file");
    /** What reading and writing, and opening a new file, come to. */
    const outcome = (error: unknown) => (error as NodeJS.ErrnoException).code;
    const flags = [
      ...["r", "rs", "sr", "r+", "rs+", "sr+", "w", "wx", "xw", "w+", "wx+", "xw+"],
      ...["a", "ax", "xa", "a+", "ax+", "xa+", "as", "sa", "as+", "sa+"],
    ] as OpenFlags[];
    for (const flag of flags) {
      for (const isThere of [true, false]) {
        const prepare = () => {
          fs.rmSync(path, { force: true });
          if (isThere) fs.writeFileSync(path, "there");
        };
        prepare();
        const expected: unknown[] = [];
        try {
          const fd = fs.openSync(path, flag);
          for (const act of [() => fs.readSync(fd, Buffer.alloc(9), 0, 9, 0), () => fs.writeSync(fd, "xy")]) {
            try {
              expected.push(act());
            } catch (error) {
              expected.push(outcome(error));
            }
          }
          fs.closeSync(fd);
          expected.push(fs.readFileSync(path, "utf8"));
        } catch (error) {
          expected.push(outcome(error));
        }
        prepare();
        const found = await runtime.run(function* () {
          const results: unknown[] = [];
          try {
            const file = yield* open(path, flag);
            for (const operation of [file.read(Buffer.alloc(9), { position: 0 }), file.write("xy")]) {
              try {
                results.push(yield* operation);
              } catch (error) {
                results.push(outcome(error));
              }
            }
            yield* file.close();
            results.push(yield* readFile(path, "utf8"));
          } catch (error) {
            results.push(outcome(error));
          }
          return results;
        });
        assert.deepEqual(found, expected, `${flag}, ${isThere ? "there" : "not there"}`);
      }
    }
  });

  it(
    "transfers without a position go on where the last has ended, in turn; those with one do not count",
    guard,
    async (t) => {
      const path = join(folder(t), "file");
      await runtime.run(function* () {
        const file = yield* open(path, "w+");
        const writes = [];
        for (const text of ["one ", "two ", "three ", "four"]) {
          writes.push(yield* spawn(() => file.write(text), { name: text }));
        }
        for (const write of writes) assert.equal(yield* write, write.name.length);
        assert.equal(yield* file.write("ONE", { position: 0 }), 3);
        assert.equal(file.position, 18);
        file.position = 4;
        const into = Buffer.alloc(4);
        assert.equal(yield* file.read(into), 4);
        assert.equal(into.toString(), "two ");
        assert.equal(yield* file.read(into, { position: 0 }), 4);
        assert.equal(yield* file.read(into), 4);
        assert.equal(into.toString(), "thre");
        yield* file.close();
      });
      assert.equal(fs.readFileSync(path, "utf8"), "ONE two three four");
    },
  );

  it("appending goes on at the file's end, also where others append, as in Node", guard, async (t) => {
    const path = join(folder(t), "file");
    const other = fs.openSync(path, "a");
    t.after(() => fs.closeSync(other));
    await runtime.run(function* () {
      const file = yield* open(path, "a+");
      fs.writeSync(other, "zero ");
      assert.equal(file.position, 0);
      const into = Buffer.alloc(20);
      assert.equal(yield* file.read(into.subarray(0, 2)), 2);
      assert.equal(yield* file.write("one "), 4);
      assert.equal(file.position, 9);
      assert.equal(yield* file.read(into), 0, "what was written is behind");
      assert.equal(yield* file.writev([Buffer.from("two"), Buffer.from(" ")]), 4);
      fs.writeSync(other, "three ");
      assert.equal(file.position, 13);
      assert.equal(into.toString("latin1", 0, yield* file.read(into)), "three ");
      assert.equal(yield* file.write("four", { position: 0 }), 4);
      assert.equal(file.position, 19, "one with a position does not count");
      file.position = 5;
      assert.equal(into.toString("latin1", 0, yield* file.read(into)), "one two three four");
      yield* file.close();
    });
    assert.equal(fs.readFileSync(path, "utf8"), "zero one two three four");
  });

  it("a read fills the memory, however much that is, and is shorter only at the end", guard, async (t) => {
    const path = join(folder(t), "file");
    const bytes = Buffer.concat([patternBytes(0, 700_001)]);
    fs.writeFileSync(path, bytes);
    await runtime.run(function* () {
      const file = yield* open(path);
      const into = Buffer.alloc(1_000_000);
      assert.equal(yield* file.read(into, { position: 1 }), 700_000);
      assert.ok(into.subarray(0, 700_000).equals(bytes.subarray(1)));
      assert.equal(yield* file.read(into, { position: 700_001 }), 0);
      yield* file.close();
    });
  });

  it("memory that was transferred is free, whether the file is open or not", guard, async (t) => {
    const path = join(folder(t), "file");
    fs.writeFileSync(path, Buffer.alloc(1000));
    const large = 50_000_000;
    const file = await runtime.run(() => open(path, "r+"));
    const before = await usedMemory();
    await runtime.run(function* () {
      for (const pieces of [1, 2]) {
        const memory = () => Array.from({ length: pieces }, () => new Uint8Array(large / pieces));
        assert.equal(yield* file.read(memory()[0]!, { position: 0 }), 1000);
        assert.equal(yield* file.readv(memory(), { position: 0 }), 1000);
        yield* file.write(memory()[0]!.subarray(0, 10), { position: 0 });
        yield* file.writev(
          memory().map((piece) => piece.subarray(0, 10)),
          { position: 0 },
        );
      }
    });
    const reads = [
      () => file.read(new Uint8Array(large)),
      () => file.read(new Uint8Array(large), { position: 0 }),
    ];
    for (const read of reads) assert.equal(await read(), 1000);
    assert.ok((await usedMemory()) < before + large / 4, "while it is open");
    await file.close();
    assert.ok((await usedMemory()) < before + large / 4, "afterwards");
  });

  it("a read and a write are waited for once, whoever waits", guard, async (t) => {
    const path = join(folder(t), "file");
    await runtime.run(function* () {
      const file = yield* open(path, "w+");
      const misuse = { code: "ERR_INVALID_STATE", message: /used already/ };
      const again = [
        file.write("abc", { position: 0 }),
        file.read(Buffer.alloc(3), { position: 0 }),
        file.readv([Buffer.alloc(3)]),
      ];
      for (const operation of again) assert.equal(yield* operation, 3);
      for (const operation of again) {
        yield* rejects(operation, misuse);
        yield* rejects(settle(Promise.resolve(operation)), misuse);
      }
      const awaited = file.read(Buffer.alloc(3), { position: 0 });
      assert.equal(yield* settle(Promise.resolve(awaited)), 3);
      yield* rejects(awaited, misuse);
      yield* file.close();
    });
  });

  it("several pieces are read and written as one, more than a call takes, too", guard, async (t) => {
    const path = join(folder(t), "file");
    const pieces = Array.from({ length: 2500 }, (_, i) => patternBytes(7 * i, 7));
    await runtime.run(function* () {
      const file = yield* open(path, "w+");
      assert.equal(yield* file.writev(pieces), 17_500);
      assert.equal(yield* file.writev([], { position: 3 }), 0);
      const into = [Buffer.alloc(10_000), Buffer.alloc(0), Buffer.alloc(20_000)];
      assert.equal(yield* file.readv(into, { position: 0 }), 17_500);
      assert.ok(Buffer.concat(into).subarray(0, 17_500).equals(Buffer.concat(pieces)));
      yield* file.close();
    });
    assert.ok(fs.readFileSync(path).equals(Buffer.concat(pieces)));
  });

  it("what is known of files is what Node knows", guard, async (t) => {
    const path = folder(t);
    fs.writeFileSync(join(path, "file"), "12345");
    fs.symlinkSync("file", join(path, "link"));
    await runtime.run(function* () {
      for (const name of ["file", "link", "."]) {
        const [ours, links] = [yield* stat(join(path, name)), yield* lstat(join(path, name))];
        const [nodes, nodesLinks] = [fs.statSync(join(path, name)), fs.lstatSync(join(path, name))];
        for (const field of fields) {
          // Node's milliseconds are rounded another way.
          assert.ok(Math.abs(ours[field] - nodes[field]) < 0.01, field);
          assert.ok(Math.abs(links[field] - nodesLinks[field]) < 0.01, field);
        }
        for (const type of ["isFile", "isDirectory", "isSymbolicLink", "isFIFO", "isSocket"] as const) {
          assert.equal(links[type](), nodesLinks[type]());
        }
        assert.equal(ours.mtime.getTime(), Math.trunc(nodes.mtimeMs));
      }
      const file = yield* open(join(path, "file"));
      assert.equal((yield* file.stat()).ino, fs.statSync(join(path, "file")).ino);
      yield* file.close();
      assert.equal((yield* stat("/dev/null")).rdev, fs.statSync("/dev/null").rdev);
    });
  });

  it("all that statx tells is what others find", guard, async (t) => {
    const path = join(folder(t), "file");
    fs.writeFileSync(path, "12345");
    await runtime.run(function* () {
      const stats = yield* statx(path);
      assert.equal(stats.size, 5);
      const mounts = fs.readFileSync("/proc/self/mountinfo", "utf8").split("\n");
      const { mountId } = yield* statx("/proc/self");
      // "36 35 98:0 / /proc …": before Linux 5.8 nobody says.
      const known = mounts
        .filter((line) => line.split(" ")[4] === "/proc")
        .map((line) => Number.parseInt(line, 10));
      assert.ok(mountId === 0 || known.includes(mountId));
      assert.ok((yield* statx("/proc")).attributes.includes("mountRoot"));
      assert.deepEqual(stats.attributes.includes("mountRoot"), false);
      const { directMemoryAlignment: memory, directPositionAlignment: block } = stats;
      if (block > 0) {
        const file = yield* open(path, { flags: "r+", direct: true });
        assert.equal(yield* file.write(alignedBuffer(block, memory), { position: 0 }), block);
        yield* file.close();
      }
      yield* rejects(statx(`${path}.none`), { code: "ENOENT", syscall: "statx", path: `${path}.none` });
    });
  });

  it("names are made, moved and removed", guard, async (t) => {
    const path = folder(t);
    const at = (name: string) => join(path, name);
    await runtime.run(function* () {
      yield* mkdir(at("folder"), { mode: 0o700 });
      yield* mkdir(at("folder/a/b/c"), { recursive: true });
      yield* mkdir(at("folder/a/b"), { recursive: true });
      yield* writeFile(at("folder/a/file"), "text", { mode: 0o600 });
      yield* rename(at("folder/a/file"), at("folder/b"));
      yield* link(at("folder/b"), at("second"));
      yield* symlink("second", at("symbolic"));
      assert.equal(yield* readlink(at("symbolic")), "second");
      yield* chmod(at("second"), 0o640);
      yield* utimes(at("second"), 1_000_000.5, new Date(2_000_000));
      const { mode, nlink, atimeMs, mtimeMs } = yield* stat(at("symbolic"));
      assert.deepEqual([mode & 0o777, nlink, atimeMs, mtimeMs], [0o640, 2, 1_000_000.5, 2_000_000]);
      yield* truncate(at("second"), 2);
      assert.equal(yield* readFile(at("folder/b"), "utf8"), "te");
      yield* unlink(at("symbolic"));
      yield* rmdir(at("folder/a/b/c"));
      const names = ["folder", "folder/a", "folder/a/b", "folder/b", "second"];
      assert.deepEqual((yield* readdir(path, { recursive: true })).sort(), names);
      yield* rm(at("folder"), { recursive: true });
      yield* rm(at("folder"), { recursive: true, force: true });
      yield* rejects(rm(at("folder"), { recursive: true }), { code: "ENOENT" });
      yield* rejects(rm(path), { code: "EISDIR" });
      assert.deepEqual(yield* readdir(path), ["second"]);
      const [entry] = yield* readdir(path, { withFileTypes: true });
      assert.deepEqual([entry!.isFile(), entry!.isDirectory(), entry!.path], [true, false, at("second")]);
    });
  });

  it("a whole file is read, written, appended to and replaced", guard, async (t) => {
    const path = join(folder(t), "file");
    const bytes = Buffer.concat([patternBytes(0, 200_000)]);
    await runtime.run(function* () {
      for (const length of [0, 1, 4096, 65_535, 65_536, 65_537, 200_000]) {
        yield* writeFile(path, bytes.subarray(0, length));
        assert.ok((yield* readFile(path)).equals(bytes.subarray(0, length)), String(length));
      }
      yield* writeFile(path, "ä", { mode: 0o600 });
      yield* appendFile(path, "ö", { sync: true });
      assert.equal(yield* readFile(path, "utf8"), "äö");
      yield* chmod(path, 0o604);
      yield* writeFile(path, "new", { atomic: true });
      assert.equal((yield* stat(path)).mode & 0o777, 0o604, "it keeps its permissions");
      assert.equal(yield* readFile(path, "utf8"), "new");
      assert.ok((yield* readFile("/proc/self/status", "utf8")).startsWith("Name:"));
    });
    assert.deepEqual(fs.readdirSync(join(path, "..")), ["file"], "nothing is left beside it");
  });

  it("a file is copied, onto itself, too, without loss", guard, async (t) => {
    const path = folder(t);
    const [from, to] = [join(path, "from"), join(path, "to")];
    const bytes = Buffer.concat([patternBytes(0, 300_000)]);
    fs.writeFileSync(from, bytes, { mode: 0o640 });
    fs.writeFileSync(to, Buffer.alloc(400_000));
    await runtime.run(function* () {
      for (const reflink of ["try", "never"] as const) {
        yield* copyFile(from, to, { reflink });
        assert.ok(fs.readFileSync(to).equals(bytes));
        assert.equal(fs.statSync(to).mode & 0o777, 0o640);
      }
      yield* copyFile(from, from);
      assert.ok(fs.readFileSync(from).equals(bytes));
      yield* rejects(copyFile(from, to, { exclusive: true }), { code: "EEXIST", syscall: "open", path: to });
      yield* copyFile("/proc/self/cmdline", to);
      assert.deepEqual(fs.readFileSync(to), fs.readFileSync("/proc/self/cmdline"));
    });
  });

  it("a folder is not copied over a file, which stays", guard, async (t) => {
    const path = folder(t);
    const [from, to] = [join(path, "folder"), join(path, "file")];
    fs.mkdirSync(from);
    fs.writeFileSync(to, "precious");
    await runtime.run(function* () {
      for (const reflink of ["try", "never", "must"] as const) {
        yield* rejects(copyFile(from, to, { reflink }), { code: "EISDIR", path: from, dest: to });
      }
      yield* rejects(copyFile(to, from), { code: "EISDIR", path: from });
      yield* rejects(copyFile(join(path, "none"), to), { code: "ENOENT" });
    });
    assert.equal(fs.readFileSync(to, "utf8"), "precious");
  });

  it("a copy that is cancelled half-way is removed", guard, async (t) => {
    const path = folder(t);
    const [pipe, to, link] = [join(path, "pipe"), join(path, "to"), join(path, "link")];
    execFileSync("mkfifo", [pipe]);
    fs.symlinkSync("to", link);
    await runtime.run(function* () {
      const writing = yield* open(pipe, "r+");
      for (const target of [to, link]) {
        const copying = yield* spawn(() => copyFile(pipe, target));
        yield* writing.write("half");
        while (!fs.existsSync(to) || fs.statSync(to).size < 4) yield* sleep(1);
        yield* copying.cancel();
        // A link's file is not the copy's to remove.
        assert.deepEqual(fs.existsSync(to), target === link);
        assert.ok(fs.lstatSync(link).isSymbolicLink());
      }
      yield* writing.close();
    });
  });

  it("a copy that must share its blocks is refused where it cannot", guard, async (t) => {
    const path = folder(t);
    const memory = fs.mkdtempSync("/dev/shm/pentio-files-");
    t.after(() => fs.rmSync(memory, { recursive: true }));
    const [here, there] = [join(path, "from"), join(memory, "from")];
    for (const name of [here, there]) fs.writeFileSync(name, "text");
    await runtime.run(function* () {
      const must = { reflink: "must" } as const;
      // tmpfs knows no reflinks, and nothing is shared between two file systems.
      const to = join(memory, "to");
      yield* rejects(copyFile(there, to, must), { code: "ENOTSUP", path: there, dest: to });
      yield* rejects(copyFile(here, to, must), { code: "EXDEV", path: here, dest: to });
      yield* copyFile(here, to);
      assert.equal(fs.readFileSync(to, "utf8"), "text", "otherwise it is copied");
    });
  });

  it("many files and many ranges are read at once, in order", guard, async (t) => {
    const path = folder(t);
    const names = Array.from({ length: 300 }, (_, i) => join(path, String(i)));
    for (const [i, name] of names.entries()) fs.writeFileSync(name, patternBytes(i, 10 * i));
    await runtime.run(function* () {
      const all = yield* readFiles(names, { concurrency: 20 });
      for (const [i, bytes] of all.entries()) assert.ok(bytes.equals(patternBytes(i, 10 * i)));
      yield* rejects(readFiles([names[0]!, join(path, "none"), names[1]!]), {
        code: "ENOENT",
        path: join(path, "none"),
      });
      const file = yield* open(names[299]!);
      const ranges = Array.from({ length: 100 }, (_, i) => ({ position: 30 * i, lengthBytes: 40 }));
      const read = yield* parallelRead(file, ranges);
      for (const [i, bytes] of read.entries()) {
        assert.ok(bytes.equals(patternBytes(299 + 30 * i, Math.min(40, 2990 - 30 * i))));
      }
      yield* file.close();
    });
  });

  it("ranges are read into the memory that is given for them, which is what comes back", guard, async (t) => {
    const path = join(folder(t), "file");
    fs.writeFileSync(path, patternBytes(0, 10_000));
    await runtime.run(function* () {
      const file = yield* open(path);
      const inside = { position: 9000, into: Buffer.alloc(500) };
      const atEnd = { position: 9900, into: Buffer.alloc(500) };
      const beyond = { position: 10_001, into: Buffer.alloc(500) };
      const ranges = [inside, atEnd, beyond, { position: 0, lengthBytes: 3 }];
      for (const concurrency of [1, 2, 100]) {
        const read = yield* parallelRead(file, ranges, { concurrency });
        assert.equal(read[0], inside.into);
        assert.deepEqual(read, [
          patternBytes(9000, 500),
          patternBytes(9900, 100),
          Buffer.alloc(0),
          patternBytes(0, 3),
        ]);
        assert.equal(read[1]!.buffer, atEnd.into.buffer);
        for (const { into } of [inside, atEnd, beyond]) into.fill(0);
      }
      assert.deepEqual(yield* parallelRead(file, []), []);
      const text = { position: 0, into: "text" as unknown as Buffer };
      assert.throws(() => parallelRead(file, [text]), { code: "ERR_INVALID_ARG_TYPE" });
      assert.throws(() => parallelRead(file, [{ position: -1, lengthBytes: 1 }]), {
        code: "ERR_OUT_OF_RANGE",
      });
      yield* file.close();
      yield* rejects(parallelRead(file, ranges), { code: "EBADF", path });
    });
  });

  it("ranges that are being read when their file is closed are read to their end", guard, async (t) => {
    const path = join(folder(t), "file");
    fs.writeFileSync(path, patternBytes(0, 4_000_000));
    await runtime.run(function* () {
      const file = yield* open(path);
      const ranges = Array.from({ length: 400 }, (_, i) => ({ position: 10_000 * i, lengthBytes: 10_000 }));
      const reading = yield* spawn(() => parallelRead(file, ranges, { concurrency: 4 }));
      yield* sleep(0);
      yield* file.close();
      assert.ok(Buffer.concat(yield* reading).equals(patternBytes(0, 4_000_000)));
    });
  });

  it("a file without a name gets one when it is complete", guard, async (t) => {
    const path = folder(t);
    await runtime.run(function* () {
      const file = yield* openTemporary(path);
      yield* file.write("complete");
      assert.deepEqual(fs.readdirSync(path), []);
      yield* file.linkTo(join(path, "file"));
      yield* rejects(file.linkTo(join(path, "file")), { code: "EEXIST", dest: join(path, "file") });
      yield* file.close();
    });
    assert.equal(fs.readFileSync(join(path, "file"), "utf8"), "complete");
  });

  it("space is allocated, cut and punched, and the disk is told", guard, async (t) => {
    const path = join(folder(t), "file");
    await runtime.run(function* () {
      const file = yield* open(path, "w+");
      yield* file.write(Buffer.alloc(8192, "x"));
      yield* file.allocate({ position: 8192, lengthBytes: 8192 });
      assert.equal((yield* file.stat()).size, 16_384);
      yield* file.allocate({ position: 0, lengthBytes: 65_536 }, { as: "reserve" });
      assert.equal((yield* file.stat()).size, 16_384);
      yield* file.allocate({ position: 0, lengthBytes: 4096 }, { as: "hole" });
      assert.deepEqual((yield* readFile(path)).subarray(4094, 4098), Buffer.from("\0\0xx"));
      yield* file.truncate(4100);
      yield* file.sync();
      yield* file.datasync();
      yield* file.advise("dontNeed");
      yield* file.advise("willNeed", { position: 0, lengthBytes: 4096 });
      assert.equal((yield* file.stat()).size, 4100);
      yield* file.chmod(0o600);
      yield* file.utimes(1000, 2000);
      assert.equal((yield* file.stat()).mtimeMs, 2000);
      yield* file.close();
    });
  });

  it(
    "past the page cache, aligned memory is read and written, and other memory explained",
    guard,
    async (t) => {
      const path = join(folder(t), "file");
      await runtime.run(function* () {
        const file = yield* open(path, { flags: "w+", direct: true });
        const data = alignedBuffer(8192).fill("d");
        // More than one of each, for what a copy's address is depends on the copies before.
        for (const lengthBytes of [4096, 4096, 4096, 8192]) {
          assert.equal(yield* file.write(data.subarray(0, lengthBytes), { position: 0 }), lengthBytes);
        }
        const into = alignedBuffer(4096);
        assert.equal(yield* file.read(into, { position: 4096 }), 4096);
        assert.ok(into.equals(data.subarray(4096)));
        yield* rejects(file.read(into, { position: 7 }), { code: "EINVAL", path, message: /alignedBuffer/ });
        yield* file.close();
      });
    },
  );

  it("a mapped file is memory, for as long as it is used and longer than it is open", guard, async (t) => {
    const path = join(folder(t), "file");
    const bytes = Buffer.concat([patternBytes(0, 100_000)]);
    fs.writeFileSync(path, bytes);
    await runtime.run(function* () {
      const file = yield* open(path);
      const memory = yield* file.map();
      const part = yield* file.map({ position: 4096, lengthBytes: 10 });
      // Behind the last page there is nothing to touch.
      const beyond = yield* file.map({ position: 98_304, lengthBytes: 1_000_000 });
      assert.equal(beyond.length, 100_000 - 98_304);
      assert.ok(beyond.equals(bytes.subarray(98_304)));
      assert.equal((yield* file.map({ position: 102_400, lengthBytes: 10 })).length, 0);
      yield* file.close();
      assert.ok(memory.equals(bytes));
      assert.ok(part.equals(bytes.subarray(4096, 4106)));
      memory[0] = memory[0]! ^ 1;
      assert.ok(fs.readFileSync(path).equals(bytes), "what is written there changes no file");
    });
  });

  it("attributes are set, listed, read and removed", guard, async (t) => {
    const path = join(folder(t), "file");
    await runtime.run(function* () {
      const file = yield* open(path, "w");
      const { attributes } = file;
      yield* attributes.set("user.one", "1");
      yield* attributes.set("user.large", Buffer.alloc(2000, "l"));
      assert.deepEqual((yield* attributes.list()).sort(), ["user.large", "user.one"]);
      assert.equal((yield* attributes.get("user.one"))!.toString(), "1");
      assert.equal((yield* attributes.get("user.large"))!.length, 2000);
      assert.equal(yield* attributes.get("user.none"), null);
      yield* attributes.remove("user.one");
      yield* rejects(attributes.remove("user.one"), { code: "ENODATA", path });
      yield* file.close();
    });
  });

  it("a lock keeps others out until it is released, or its file is closed", guard, async (t) => {
    const path = join(folder(t), "file");
    fs.writeFileSync(path, "");
    await runtime.run(function* () {
      const [one, other] = [yield* open(path, "r+"), yield* open(path, "r+")];
      const lock = yield* one.lock();
      assert.equal(yield* other.lock({ wait: false }), null);
      const waiting = yield* spawn(() => other.lock());
      lock!.release();
      (yield* waiting)!.release();
      const shared = [yield* one.lock({ shared: true }), yield* other.lock({ shared: true, wait: false })];
      assert.ok(shared.every((lock) => lock !== null));
      assert.equal(yield* one.lock({ wait: false }), null);
      yield* other.close();
      assert.notEqual(yield* one.lock({ wait: false }), null);
      yield* one.close();
    });
  });

  it("pieces of a pipe are read as they come and written to their end", guard, async (t) => {
    const path = join(folder(t), "fifo");
    execFileSync("mkfifo", [path]);
    await runtime.run(function* () {
      const [one, other] = [yield* open(path, "r+"), yield* open(path, "r+")];
      yield* other.write("hello");
      const into = [Buffer.alloc(4), Buffer.alloc(0), Buffer.alloc(4)];
      yield* rejects(one.readv(into, { position: 0 }), { code: "ESPIPE", syscall: "read", path });
      yield* rejects(one.writev(into, { position: 0 }), { code: "ESPIPE", syscall: "write", path });
      assert.equal(yield* one.readv(into), 5, "what there is");
      assert.equal(Buffer.concat(into).toString("latin1", 0, 5), "hello");
      const pieces = Array.from({ length: 30 }, (_, i) => Buffer.alloc(10_000, String.fromCharCode(97 + i)));
      const writing = yield* spawn(() => other.writev(pieces));
      const found: Buffer[] = [];
      for (let count = 0; count < 300_000; ) {
        const memory = [Buffer.alloc(1000), Buffer.alloc(5000)];
        const length = yield* one.readv(memory);
        found.push(Buffer.concat(memory).subarray(0, length));
        count += length;
      }
      assert.equal(yield* writing, 300_000);
      assert.ok(Buffer.concat(found).equals(Buffer.concat(pieces)));
      const waiting = yield* spawn(() => rejects(one.readv(into), { code: "EBADF", message: /closed/ }));
      yield* sleep(1);
      yield* one.close();
      yield* waiting;
      yield* other.close();
    });
  });

  it("a pipe is read as a whole until its other end is closed", guard, async (t) => {
    const path = join(folder(t), "fifo");
    execFileSync("mkfifo", [path]);
    const bytes = Buffer.concat([patternBytes(0, 300_000)]);
    await runtime.run(function* () {
      for (const lengthBytes of [0, 5, 300_000]) {
        const reading = yield* spawn(() => readFile(path));
        const writing = yield* open(path, "w");
        yield* writing.write(bytes.subarray(0, lengthBytes));
        yield* writing.close();
        assert.ok((yield* reading).equals(bytes.subarray(0, lengthBytes)));
      }
    });
  });

  it("nothing is read from a pipe and written to it at once", guard, async (t) => {
    const path = join(folder(t), "fifo");
    execFileSync("mkfifo", [path]);
    await runtime.run(function* () {
      const empty = Buffer.alloc(0);
      const operations: ((file: File) => Operation<number>)[] = [
        (file) => file.read(empty),
        (file) => file.write(""),
        (file) => file.readv([]),
        (file) => file.readv([empty, empty]),
        (file) => file.writev([]),
        (file) => file.writev([empty]),
      ];
      for (const operation of operations) {
        const file = yield* open(path, "r+");
        assert.equal(yield* operation(file), 0, "before it is known to be a pipe");
        for (const again of operations) assert.equal(yield* again(file), 0);
        const waiting = yield* spawn(() => file.read(Buffer.alloc(1)));
        const behind = yield* spawn(() => operation(file));
        yield* sleep(0);
        yield* file.write("x");
        assert.deepEqual([yield* waiting, yield* behind], [1, 0]);
        yield* file.close();
      }
    });
  });

  it("a pipe is read as it comes and written to its end", guard, async (t) => {
    const path = join(folder(t), "fifo");
    execFileSync("mkfifo", [path]);
    await runtime.run(function* () {
      const opening = yield* spawn(() => open(path));
      const writing = yield* open(path, "w");
      const reading = yield* opening;
      yield* writing.write("hello");
      const into = Buffer.alloc(100);
      assert.equal(yield* reading.read(into), 5);
      yield* rejects(reading.read(into, { position: 0 }), { code: "ESPIPE" });
      const large = yield* spawn(() => writing.write(Buffer.alloc(300_000, "x")));
      let count = 0;
      while (count < 300_000) count += yield* reading.read(into);
      assert.equal(yield* large, 300_000);
      yield* writing.close();
      assert.equal(yield* reading.read(into), 0);
      yield* reading.close();
      const both = yield* open(path, "r+");
      const waiting = yield* spawn(() => both.read(into));
      const behind = yield* spawn(() => both.read(into.subarray(1)));
      yield* sleep(1);
      assert.equal(yield* both.write("a"), 1);
      assert.equal(yield* waiting, 1);
      assert.equal(yield* both.write("b"), 1);
      assert.equal(yield* behind, 1);
      assert.equal(into.toString("latin1", 0, 2), "ab");
      yield* both.close();
    });
  });
});
