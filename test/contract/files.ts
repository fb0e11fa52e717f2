import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CLOSE, READ, RECEIVE, WRITE } from "../../src/drivers/index.ts";
import { addressOf } from "../../src/sys/index.ts";
import { patternBytes } from "../support/pattern.ts";
import { runProgram } from "../support/programs.ts";
import { collectGarbage } from "../unit/support/garbage.ts";
import { folder, openFile, read, transfer, transferAll, write } from "./regular-files.ts";
import { Noted, Rig } from "./rig.ts";
import { connection, pair, receiveAll, send, withDescriptorLimit } from "./sockets.ts";
import type { Variant } from "./variants.ts";

const { EAGAIN, EBADF, ECANCELED, EFBIG, EMFILE, ESPIPE } = constants.errno;

export function files(variant: Variant): void {
  describe("files", () => {
    it("are read at any position, by the count and into the caller's memory", async (t) => {
      const rig = new Rig(t, variant);
      const { fd } = openFile(t, rig, patternBytes(0, 100_000));
      for (const [position, length] of [
        [0, 1],
        [0, 4096],
        [1, 5000],
        [99_999, 1],
        [50_001, 30_000],
      ] as const) {
        const into = Buffer.alloc(length);
        const noted = read(rig, fd, into, position);
        await rig.until(() => noted.ended, "the bytes");
        assert.deepEqual(noted.completions, [{ result: length, data: null, more: false }]);
        assert.deepEqual(into, patternBytes(position, length));
      }
      const next = Buffer.alloc(5);
      fs.readSync(fd, next, 0, 5, null);
      assert.deepEqual(next, patternBytes(0, 5), "the descriptor's own position has not moved");
    });

    it("are written at any position, beyond the end, too", async (t) => {
      const rig = new Rig(t, variant);
      const { fd, path } = openFile(t, rig, Buffer.from("0123456789"));
      for (const [text, position] of [
        ["ab", 3],
        ["c", 0],
        ["de", 9],
        ["f", 14],
      ] as const) {
        const noted = write(rig, fd, Buffer.from(text), position);
        await rig.until(() => noted.ended, "the write");
        assert.deepEqual(noted.completions, [{ result: text.length, data: null, more: false }]);
      }
      assert.equal(fs.readFileSync(path, "latin1"), "c12ab5678de\0\0\0f");
    });

    it("end where they end: a read there is shorter, and 0 behind", async (t) => {
      const rig = new Rig(t, variant);
      const { fd } = openFile(t, rig, Buffer.from("0123456789"));
      for (const [position, expected] of [
        [7, "789"],
        [10, ""],
        [11, ""],
        [2 ** 40, ""],
      ] as const) {
        const into = Buffer.alloc(100, "-");
        const noted = read(rig, fd, into, position);
        await rig.until(() => noted.ended, "the end");
        assert.deepEqual(noted.results, [expected.length]);
        assert.equal(into.toString(), expected.padEnd(100, "-"), "the rest is left alone");
      }
    });

    it("have positions beyond 32 bits", async (t) => {
      const rig = new Rig(t, variant);
      const { fd, path } = openFile(t, rig);
      for (const position of [2 ** 31, 2 ** 32 - 3, 2 ** 33 + 7]) {
        const data = Buffer.from(`at ${position}`);
        assert.equal(await transferAll(rig, write, fd, data, position), data.length);
        const into = Buffer.alloc(data.length);
        assert.equal(await transferAll(rig, read, fd, into, position), data.length);
        assert.deepEqual(into, data);
        assert.equal(fs.statSync(path).size, position + data.length);
      }
    });

    it("take and give a mebibyte", async (t) => {
      const rig = new Rig(t, variant);
      const { fd, path } = openFile(t, rig);
      const data = Buffer.concat([patternBytes(0, 1_000_000), patternBytes(0, 48_576)]);
      assert.equal(await transferAll(rig, write, fd, data, 0), 1_048_576);
      assert.ok(fs.readFileSync(path).equals(data));
      const into = Buffer.alloc(1_048_576);
      assert.equal(await transferAll(rig, read, fd, into, 0), 1_048_576);
      assert.ok(into.equals(data));
    });

    it("of nothing are done, and tell what they would tell of a byte", async (t) => {
      const rig = new Rig(t, variant);
      const { fd } = openFile(t, rig, Buffer.from("x"));
      const noted = [
        read(rig, fd, new Uint8Array(0), 0),
        write(rig, fd, new Uint8Array(0), 0),
        read(rig, fd, Buffer.alloc(10).subarray(5, 5), 0),
      ];
      await rig.until(() => noted.every(({ ended }) => ended), "all");
      assert.deepEqual(
        noted.map(({ results }) => results),
        [[0], [0], [0]],
      );
    });

    it("go into every kind of memory where it is, and nowhere else", async (t) => {
      const rig = new Rig(t, variant);
      const { fd } = openFile(t, rig, patternBytes(0, 30_000));
      for (const whole of [
        Buffer.from("pooled, so others live next door"),
        new Uint8Array(16),
        new Uint8Array(new Uint16Array(20).buffer),
        new Uint8Array(new Float64Array(1000).buffer),
        new Uint8Array(20_000),
        new Uint8Array(new SharedArrayBuffer(5000)),
      ]) {
        whole.fill(7);
        for (const [start, end] of [
          [0, whole.length],
          [3, whole.length - 5],
          [whole.length - 1, whole.length],
        ] as const) {
          const expected = Buffer.from(whole);
          patternBytes(start, end - start).copy(expected, start);
          const noted = read(rig, fd, whole.subarray(start, end), start);
          await rig.until(() => noted.ended, "the bytes");
          assert.deepEqual(noted.results, [end - start]);
          assert.deepEqual(Buffer.from(whole), expected);
        }
      }
    });

    it("are written from every kind of memory", async (t) => {
      const rig = new Rig(t, variant);
      const { fd, path } = openFile(t, rig);
      const big = patternBytes(7, 20_000);
      for (const data of [
        Buffer.from("pooled too").subarray(3, 5),
        new Uint8Array([1, 2, 3]),
        new Uint8Array(new Uint16Array([0x4142, 0x4344]).buffer, 1, 2),
        new Uint8Array(4097).fill(2),
        big.subarray(1, 19_999),
        new Uint8Array(new SharedArrayBuffer(5000)).fill(3),
      ]) {
        const noted = write(rig, fd, data, 0);
        await rig.until(() => noted.ended, "the write");
        assert.deepEqual(noted.results, [data.length]);
        assert.deepEqual(fs.readFileSync(path).subarray(0, data.length), Buffer.from(data));
      }
    });

    it("take many requests at once, on one descriptor and on several", async (t) => {
      const rig = new Rig(t, variant);
      const several = Array.from({ length: 3 }, () => openFile(t, rig, patternBytes(0, 300_000)));
      const reads = Array.from({ length: 600 }, (_, i) => {
        const position = ((i * 7) % 300) * 1000;
        const into = Buffer.alloc(1000);
        return { position, into, noted: read(rig, several[i % 3]!.fd, into, position) };
      });
      await rig.until(() => reads.every(({ noted }) => noted.ended), "all reads");
      for (const { noted, position, into } of reads) {
        assert.deepEqual(noted.results, [1000]);
        assert.deepEqual(into, patternBytes(position, 1000));
      }
      const writes = Array.from({ length: 600 }, (_, i) =>
        write(rig, several[i % 3]!.fd, Buffer.alloc(500, `${i % 10}`), i * 500),
      );
      await rig.until(() => writes.every(({ ended }) => ended), "all writes");
      assert.ok(writes.every(({ results }) => results[0] === 500));
      for (const [n, { path }] of several.entries()) {
        const text = fs.readFileSync(path, "latin1");
        for (let i = n; i < 600; i += 3)
          assert.equal(text.slice(i * 500, i * 500 + 500), `${i % 10}`.repeat(500));
      }
    });

    it("are let go of when they are closed, however much they were read before", async (t) => {
      const rig = new Rig(t, variant);
      const { path } = openFile(t, rig);
      const numbers = new Set<number>();
      for (let round = 0; round < 3; round++) {
        // Another file under the number of the one before, which has no name any more.
        fs.rmSync(path);
        fs.writeFileSync(path, `file ${round}`);
        const fd = fs.openSync(path, "r+");
        numbers.add(fd);
        const into = Buffer.alloc(6);
        for (let i = 0; i < 200; i++) {
          const noted = read(rig, fd, into, 0);
          await rig.until(() => noted.ended, "the bytes");
          assert.equal(into.toString(), `file ${round}`);
        }
        const closing = rig.start(CLOSE, fd);
        await rig.until(() => closing.ended, "the end");
      }
      assert.ok(numbers.size < 3, "a number was used again");
    });

    it("keep memory that nothing else refers to, through garbage collection", async (t) => {
      const rig = new Rig(t, variant);
      const { fd, path } = openFile(t, rig);
      const writes = Array.from({ length: 20 }, (_, i) =>
        write(rig, fd, patternBytes(i * 50_000, 50_000), i * 50_000),
      );
      const reads = Array.from({ length: 20 }, (_, i) => {
        const small = new Uint8Array(8);
        return { small, noted: read(rig, openFile(t, rig, Buffer.alloc(8, `${i % 10}`)).fd, small, 0) };
      });
      for (let i = 0; i < 5; i++) {
        collectGarbage();
        rig.turn();
      }
      await rig.until(() => [...writes, ...reads.map(({ noted }) => noted)].every((one) => one.ended), "all");
      assert.ok(writes.every(({ results }) => results[0] === 50_000));
      assert.ok(fs.readFileSync(path).equals(patternBytes(0, 1_000_000)));
      for (const [i, { small }] of reads.entries())
        assert.equal(Buffer.from(small).toString(), `${i % 10}`.repeat(8));
    });

    it("give memory and request back with the completion, to be used again there", async (t) => {
      const rig = new Rig(t, variant);
      const { fd, path } = openFile(t, rig);
      const block = Buffer.alloc(100);
      let count = 0;
      const noted = new Noted(WRITE, fd);
      noted.onCompletion = ({ result }) => {
        assert.equal(result, 100);
        block.fill(`${++count % 10}`);
        if (count < 200) transfer(rig, noted, block, 100 * count);
      };
      transfer(rig, noted, block.fill("0"), 0);
      await rig.until(() => count === 200, "all blocks");
      const expected = Array.from({ length: 200 }, (_, i) => `${i % 10}`.repeat(100)).join("");
      assert.equal(fs.readFileSync(path, "latin1"), expected);
    });

    it("wake who waits for nothing else, and leave the driver quiet afterwards", async (t) => {
      const rig = new Rig(t, variant);
      const { fd } = openFile(t, rig, patternBytes(0, 4000));
      for (let i = 0; i < 40; i++) {
        const into = Buffer.alloc(100);
        const noted = read(rig, fd, into, i * 100);
        await rig.until(() => noted.ended, "a block");
        assert.deepEqual(into, patternBytes(i * 100, 100));
        rig.settle();
        assert.ok(rig.driver.rest());
        assert.ok(variant.retries || rig.staysQuiet(2), "an idle driver wakes nobody");
        rig.wake(false);
      }
    });

    it("go on beside sockets", async (t) => {
      const rig = new Rig(t, variant);
      const { fd } = openFile(t, rig, patternBytes(0, 100_000));
      const lines = Array.from({ length: 5 }, () => {
        const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
        return { peer, received: rig.start(RECEIVE, ours) };
      });
      for (let i = 0; i < 50; i++) {
        const into = Buffer.alloc(2000);
        const noted = read(rig, fd, into, i * 2000);
        for (const { peer } of lines) send(peer, `${i};`);
        await rig.until(
          () => noted.ended && lines.every(({ received }) => received.bytes.toString().endsWith(`${i};`)),
          "the block and the messages",
        );
        assert.deepEqual(into, patternBytes(i * 2000, 2000));
      }
      const text = Array.from({ length: 50 }, (_, i) => `${i};`).join("");
      for (const { received } of lines) assert.equal(received.bytes.toString(), text);
    });

    it("are closed by the driver, and a number that is another file's next means that one", async (t) => {
      const rig = new Rig(t, variant);
      const { fd, path } = openFile(t, rig, Buffer.from("file"));
      const [ours, peer] = rig.own(pair(0));
      assert.equal(await transferAll(rig, read, fd, Buffer.alloc(4), 0), 4);
      for (const target of [fd, ours]) {
        const closed = rig.start(CLOSE, rig.release(target));
        await rig.until(() => closed.ended, "the end");
        assert.deepEqual(closed.results, [0]);
        const late = read(rig, target, Buffer.alloc(1), 0);
        await rig.until(() => late.ended, "the error");
        assert.deepEqual(late.results, [-EBADF]);
      }
      assert.equal(receiveAll(peer).length, 0);
      // Both numbers among them, unless another thread was faster.
      for (let i = 0; i < 20; i++) {
        const next = rig.own(fs.openSync(path, "r"));
        assert.equal(await transferAll(rig, read, next, Buffer.alloc(4), 0), 4);
      }
    });

    cancelled(variant);
    refusing(variant);
    closing(variant);
  });
}

function cancelled(variant: Variant): void {
  for (const when of ["at once", "while they are under way"] as const) {
    it(`that are cancelled ${when} have happened, or not, as they say`, async (t) => {
      const rig = new Rig(t, variant);
      const { fd, path } = openFile(t, rig, Buffer.alloc(300 * 1000, "-"));
      const all = Array.from({ length: 300 }, (_, i) => {
        const isRead = i % 2 === 0;
        const data = Buffer.alloc(1000, isRead ? "?" : "w");
        return { i, isRead, data, noted: (isRead ? read : write)(rig, fd, data, i * 1000) };
      });
      if (when === "while they are under way") {
        rig.driver.flush();
        rig.pause();
      }
      for (const { noted } of all) {
        rig.cancel(noted);
        rig.cancel(noted);
      }
      await rig.until(() => all.every(({ noted }) => noted.ended), "all answers");
      rig.settle();
      const text = fs.readFileSync(path, "latin1");
      for (const { i, isRead, data, noted } of all) {
        assert.equal(noted.completions.length, 1);
        const { result } = noted.last!;
        assert.ok(result === 1000 || result === -ECANCELED, `${result}`);
        if (isRead) assert.equal(data.toString(), (result > 0 ? "-" : "?").repeat(1000));
        else assert.equal(text.slice(i * 1000, i * 1000 + 1000), (result > 0 ? "w" : "-").repeat(1000));
      }
      const after = Buffer.alloc(10);
      assert.equal(await transferAll(rig, read, fd, after, 0), 10);
    });
  }
}

/** What the kernel says to the same call of Node's own. */
function oracle(kind: typeof READ | typeof WRITE, fd: number, data: Uint8Array, position: number): number {
  try {
    if (kind === READ) return fs.readSync(fd, data, 0, data.length, position);
    return fs.writeSync(fd, data, 0, data.length, position);
  } catch (error) {
    return (error as NodeJS.ErrnoException).errno!;
  }
}

function refusing(variant: Variant): void {
  /** Compares a request's answer with the kernel's. */
  const compare = async (
    rig: Rig,
    kind: typeof READ | typeof WRITE,
    fd: number,
    data: Uint8Array,
    position: number,
    name: string,
  ): Promise<number> => {
    const noted = (kind === READ ? read : write)(rig, fd, data, position);
    await rig.until(() => noted.ended, `the answer of ${name}`);
    assert.deepEqual(noted.results, [oracle(kind, fd, data, position)], name);
    return noted.last!.result;
  };

  it("answer as the kernel does where they are not what was taken for granted", async (t) => {
    const rig = new Rig(t, variant);
    const { path } = openFile(t, rig, Buffer.from("file"));
    const fifo = join(folder(t), "fifo");
    execFileSync("mkfifo", [fifo]);
    const open = (name: string, flags: string | number) => rig.own(fs.openSync(name, flags));
    const data = Buffer.alloc(4096);
    const errors = new Set<number>();
    for (const [kind, fd, position, name] of [
      [READ, open(path, "w"), 0, "a file that is open for writing"],
      [WRITE, open(path, "r"), 0, "a file that is open for reading"],
      [READ, open(folder(t), "r"), 0, "a folder"],
      [WRITE, open(folder(t), "r"), 0, "a folder"],
      [READ, open(fifo, "r+"), 0, "a pipe"],
      [WRITE, open(fifo, "r+"), 5, "a pipe"],
      [READ, rig.own(pair(0))[0], 0, "a socket"],
      [WRITE, rig.own(pair(0))[0], 5, "a socket"],
      [WRITE, open("/dev/full", "w"), 0, "a device without room (ENOSPC)"],
      [READ, open("/dev/zero", "r"), 5, "a device"],
      [READ, open("/proc/self/mem", "r"), 4096, "memory that is not there (EIO)"],
      [READ, open("/proc/self/stat", fs.constants.O_RDONLY | fs.constants.O_NONBLOCK), 2 ** 30, "a process"],
      [READ, open(path, "r"), 2 ** 53 - 1, "the last position"],
    ] as const) {
      errors.add(await compare(rig, kind, fd, data, position, name));
    }
    for (const name of ["EBADF", "EISDIR", "ESPIPE", "ENOSPC", "EIO"] as const)
      assert.ok(errors.has(-constants.errno[name]), name);
  });

  it("without a descriptor are refused", async (t) => {
    const rig = new Rig(t, variant);
    for (const kind of [READ, WRITE] as const) {
      const noted = (kind === READ ? read : write)(rig, -1, Buffer.alloc(1), 0);
      await rig.until(() => noted.ended, "the error");
      assert.deepEqual(noted.results, [-EBADF]);
    }
  });

  it("that are none take nothing away from who waits on them", async (t) => {
    const rig = new Rig(t, variant);
    const [ours, peer] = rig.own(pair(rig.driver.socketFlags));
    send(peer, "for the one who receives");
    const refused = [read(rig, ours, Buffer.alloc(10), 0), write(rig, ours, Buffer.from("not sent"), 0)];
    await rig.until(() => refused.every(({ ended }) => ended), "the errors");
    assert.deepEqual(
      refused.map(({ results }) => results),
      [[-ESPIPE], [-ESPIPE]],
    );
    const received = rig.start(RECEIVE, ours);
    await rig.until(() => received.completions.length === 1, "the message");
    assert.equal(received.bytes.toString(), "for the one who receives");
    assert.equal(receiveAll(peer).length, 0);
  });

  it("open for direct access want borders kept, and are read where they are", async (t) => {
    const rig = new Rig(t, variant);
    const { path } = openFile(t, rig, patternBytes(0, 65_536));
    let fd: number;
    try {
      fd = rig.own(fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_DIRECT));
    } catch (error) {
      t.skip(`the file system does without direct access: ${(error as Error).message}`);
      return;
    }
    const memory = aligned(8192);
    for (const [position, length] of [
      [0, 8192],
      [4096, 4096],
      [61_440, 8192],
      [1, 4096],
      [0, 4095],
    ] as const) {
      const name = `${length} bytes at ${position}`;
      const result = await compare(rig, READ, fd, memory.subarray(0, length), position, name);
      if (result > 0) assert.deepEqual(memory.subarray(0, result), patternBytes(position, result));
    }
  });

  it("that would grow beyond the process's limit are refused, and no signal ends it", async () => {
    const { code, signal, stderr, lines } = await runProgram(
      `
      ${PRELUDE}
      // Standard output and error are not files, or the limit would be theirs too.
      const path = join(mkdtempSync(join(tmpdir(), "pentio-files-")), "file");
      const fd = openSync(path, "w+");
      start(WRITE, fd, Buffer.alloc(100), 2 ** 20);
      await turnUntil(() => told.length === 1);
      rmSync(dirname(path), { recursive: true });
      driver.close();
      console.log(told[0]);
    `.replaceAll("$name", JSON.stringify(variant.name)),
      { wrapper: ["sh", "-c", 'ulimit -f 100; exec "$@"', "sh"] },
    );
    assert.deepEqual(
      { code, signal, stderr, lines },
      { code: 0, signal: null, stderr: "", lines: [`${-EFBIG}`] },
    );
  });

  it("for which there is no descriptor left are refused or read, and read later", async (t) => {
    const rig = new Rig(t, variant);
    const { fd } = openFile(t, rig, Buffer.from("x"));
    const next = fs.openSync("/dev/null", "r");
    fs.closeSync(next);
    const noted = new Noted(READ, fd);
    withDescriptorLimit(next, () => transfer(rig, noted, Buffer.alloc(1), 0));
    await rig.until(() => noted.ended, "the answer");
    assert.ok([-EMFILE, -EAGAIN, 1].includes(noted.last!.result), `${noted.last!.result}`);
    // Where a thread could not be started, another is not tried at once.
    const end = Date.now() + 20_000;
    do {
      transfer(rig, noted, Buffer.alloc(1), 0);
      await rig.until(() => noted.ended && !noted.request.inFlight, "the answer");
    } while (noted.last!.result === -EAGAIN && Date.now() < end);
    assert.equal(noted.last!.result, 1);
  });

  if (variant.name === "select") {
    it("are read where the threads' descriptor is beyond what select can watch", async (t) => {
      const rig = new Rig(t, variant);
      const { fd } = openFile(t, rig, Buffer.from("x"));
      const many: number[] = [];
      do many.push(rig.own(fs.openSync("/dev/null", "r")));
      while (many.at(-1)! < rig.driver.descriptorLimit);
      for (let i = 0; i < 10; i++) {
        assert.equal(await transferAll(rig, read, fd, Buffer.alloc(1), 0), 1);
        rig.settle();
        assert.ok(rig.driver.rest());
        assert.ok(!rig.readable(10), "nobody is looked at while no file is worked on");
        rig.wake(false);
      }
      for (const one of many) fs.closeSync(rig.release(one));
    });
  }
}

/** Memory that begins on a page's border. */
function aligned(lengthBytes: number): Buffer {
  const memory = Buffer.allocUnsafeSlow(lengthBytes + 4096);
  const start = (4096 - (addressOf(memory) % 4096)) % 4096;
  return memory.subarray(start, start + lengthBytes);
}

/** What programs in processes of their own begin with; $name is the variant's. */
const PRELUDE = `
  import { mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
  import { tmpdir } from "node:os";
  import { dirname, join } from "node:path";
  import { setTimeout as delay } from "node:timers/promises";
  import { READ, Request, WRITE } from "$src/drivers/index.js";
  import { variants } from ${JSON.stringify(new URL("./variants.js", import.meta.url).href)};
  const driver = variants.find(({ name }) => name === $name).make();
  const told = [];
  const start = (kind, fd, data, position) => {
    const request = new Request(kind, fd, { complete: (request, result) => told.push(result) });
    request.data = data;
    request.position = position;
    const result = driver.submit(request);
    if (result < 0) told.push(result);
  };
  const turnUntil = async (done) => {
    for (const end = Date.now() + 20_000; !done() && Date.now() < end; await delay(1)) {
      driver.flush();
      driver.reap().deliver();
    }
  };
`;

function closing(variant: Variant): void {
  it("are closed, after many others as well, and closing twice is refused", async (t) => {
    const rig = new Rig(t, variant);
    const { fd, path } = openFile(t, rig, Buffer.alloc(100_000, "-"));
    const reads = Array.from({ length: 200 }, (_, i) => read(rig, fd, Buffer.alloc(500), 500 * i));
    await rig.until(() => reads.every(({ ended }) => ended), "all answers");
    for (const result of [0, -EBADF]) {
      const noted = new Noted(CLOSE, fd);
      noted.request.isFile = true;
      rig.submit(noted);
      await rig.until(() => noted.ended, "the end of closing");
      assert.deepEqual(noted.completions, [{ result, data: null, more: false }]);
    }
    rig.release(fd);
    const next = rig.own(fs.openSync(path, "r"));
    assert.equal(await transferAll(rig, read, next, Buffer.alloc(10), 0), 10);
  });

  it("under way when the driver is closed hold nobody up, and all descriptors come back", async () => {
    const { code, signal, stderr, lines } = await runProgram(
      `
      ${PRELUDE}
      const descriptors = () => readdirSync("/proc/self/fd").length;
      const path = join(mkdtempSync(join(tmpdir(), "pentio-files-")), "file");
      writeFileSync(path, Buffer.alloc(1 << 20, 1));
      const fd = openSync(path, "r+");
      // With the first stream, which a thread of Node's takes for granted, libuv opens a descriptor that it keeps.
      process.stdout.write("");
      const before = descriptors() - ${variant.descriptors};
      for (let i = 0; i < 100; i++) start(i % 2 ? READ : WRITE, fd, Buffer.alloc(1 << 20, 1), 0);
      driver.flush();
      await delay(20);
      driver.close();
      // Threads of Node's close their descriptors when they have ended.
      for (const end = Date.now() + 60_000; Date.now() < end && descriptors() !== before; ) await delay(10);
      rmSync(dirname(path), { recursive: true });
      console.log(descriptors() - before, told.length);
    `.replaceAll("$name", JSON.stringify(variant.name)),
      { env: { NODE_NO_WARNINGS: "1" } },
    );
    assert.deepEqual({ code, signal, stderr, lines }, { code: 0, signal: null, stderr: "", lines: ["0 0"] });
  });
}
