/**
 * Work on files, by Pentio or by Node's own module: `file-work WORK pentio|await|parallelRead|promises PATH SECONDS [direct]`. It is
 * done over and over for so long, after a warm-up. Prints one line of JSON: how often, in which time, and processor time in
 * nanoseconds, that of threads included.
 */
import { constants, promises } from "node:fs";
import { join } from "node:path";
import { type Coroutine, run, spawn } from "pentio";
import { alignedBuffer, open, parallelRead, readdir, readFiles, stat } from "pentio/fs";
import { WriteAheadLog } from "../../examples/write-ahead-log.ts";

const BLOCK_BYTES = 4096;
const IN_FLIGHT = 64;
const WARM_UP_MS = 400;
const RECORD = Buffer.alloc(100, "r");

const [work = "", by = "", path = "", seconds = "", option] = process.argv.slice(2);
const direct = option === "direct";

let operations = 0;
let isWarm = false;
let over = false;
let start = 0;
let usage = process.cpuUsage();

/** Counts what has been done; what is measured begins and ends with something that is done. @returns whether to go on */
function count(done: number): boolean {
  operations += done;
  if (isWarm) {
    isWarm = false;
    operations = 0;
    usage = process.cpuUsage();
    start = performance.now();
    setTimeout(() => {
      over = true;
    }, Number(seconds) * 1000);
  }
  return !over;
}

let random = 88_172_645;
/** xorshift: the place of some block. */
function somewhere(blocks: number): number {
  random ^= random << 13;
  random ^= random >>> 17;
  random ^= random << 5;
  // Of 32 bits on all sides: else V8 divides floating-point numbers (fprem), which takes several times as long as C's division.
  return (((random >>> 0) % (blocks >>> 0)) >>> 0) * BLOCK_BYTES;
}

function* inTasks(body: () => Coroutine<void>): Coroutine<void> {
  for (let i = 0; i < IN_FLIGHT; i++) yield* spawn(body);
}

async function inParallel(body: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: IN_FLIGHT }, body));
}

/** The file, and how many blocks it has. */
function* openBlocks() {
  const file = yield* open(path, { direct });
  const { size } = yield* file.stat();
  return { file, blocks: size / BLOCK_BYTES };
}

const names = (folder: string, entries: readonly string[]) => entries.map((name) => join(folder, name));

const works: Record<string, Record<string, () => PromiseLike<void>>> = {
  "random-read": {
    pentio: () =>
      run(function* () {
        const { file, blocks } = yield* openBlocks();
        yield* inTasks(function* reads() {
          const into = alignedBuffer(BLOCK_BYTES);
          while (count(1)) yield* file.read(into, { position: somewhere(blocks) });
        });
      }),
    parallelRead: () =>
      run(function* () {
        const { file, blocks } = yield* openBlocks();
        const ranges = Array.from({ length: IN_FLIGHT }, () => ({
          position: 0,
          into: alignedBuffer(BLOCK_BYTES),
        }));
        while (count(IN_FLIGHT)) {
          for (const range of ranges) range.position = somewhere(blocks);
          yield* parallelRead(file, ranges, { concurrency: IN_FLIGHT });
        }
      }),
    await: async () => {
      const { file, blocks } = await run(openBlocks);
      await inParallel(async () => {
        const into = alignedBuffer(BLOCK_BYTES);
        while (count(1)) await file.read(into, { position: somewhere(blocks) });
      });
    },
    promises: async () => {
      const file = await promises.open(path, constants.O_RDONLY | (direct ? constants.O_DIRECT : 0));
      const blocks = (await file.stat()).size / BLOCK_BYTES;
      await inParallel(async () => {
        const into = alignedBuffer(BLOCK_BYTES);
        while (count(1)) await file.read(into, 0, BLOCK_BYTES, somewhere(blocks));
      });
    },
  },
  stat: {
    pentio: () =>
      run(function* () {
        const all = names(path, yield* readdir(path));
        let next = 0;
        yield* inTasks(function* stats() {
          while (count(1)) yield* stat(all[next++ % all.length]!);
        });
      }),
    promises: async () => {
      const all = names(path, await promises.readdir(path));
      let next = 0;
      await inParallel(async () => {
        while (count(1)) await promises.stat(all[next++ % all.length]!);
      });
    },
  },
  "read-files": {
    pentio: () =>
      run(function* () {
        const all = names(path, yield* readdir(path));
        do yield* readFiles(all);
        while (count(all.length));
      }),
    promises: async () => {
      const all = names(path, await promises.readdir(path));
      do await Promise.all(all.map((name) => promises.readFile(name)));
      while (count(all.length));
    },
  },
  log: {
    pentio: () =>
      run(function* () {
        const log = yield* WriteAheadLog.open(path);
        yield* inTasks(function* writes() {
          while (count(1)) yield* log.append(RECORD);
        });
      }),
    promises: async () => {
      const file = await promises.open(path, "a");
      await inParallel(async () => {
        while (count(1)) {
          await file.write(RECORD);
          await file.datasync();
        }
      });
    },
  },
};

setTimeout(() => {
  isWarm = true;
}, WARM_UP_MS);
await works[work]![by]!();
const { user, system } = process.cpuUsage(usage);
const elapsed = (performance.now() - start) / 1000;
console.log(JSON.stringify({ operations, seconds: elapsed, cpuNs: (user + system) * 1000 }));
process.exit();
