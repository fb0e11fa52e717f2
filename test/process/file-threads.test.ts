import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { probeModels } from "../../src/drivers/index.ts";
import { folder } from "../support/folders.ts";
import { missing, programResult } from "../support/programs.ts";

const ioUringRefusal =
  probeModels().find(({ model, works }) => model === "io_uring" && !works)?.reason ?? false;

/** Reads a file in many requests at once; tells the bytes, and how many threads the driver and the requests took. */
async function reading(model: string, env: Record<string, string> = {}, before = "") {
  return programResult<{ bytes: number; forDriver: number; forFiles: number }>(
    `
    import { openSync, readdirSync } from "node:fs";
    import { chooseDriver, configureModels, READ, Request } from "$src/drivers/index.js";
    const threads = () => readdirSync("/proc/self/task").length;
    const fd = openSync(process.execPath, "r");
    ${before}
    const atFirst = threads();
    const { driver } = chooseDriver(${JSON.stringify(model)});
    const made = threads();
    let bytes = 0;
    for (let i = 0; i < 100; i++) {
      const request = new Request(READ, fd, { complete: (_, result) => { bytes += result; } });
      request.data = Buffer.alloc(1000);
      request.position = 1000 * i;
      driver.submit(request);
    }
    const reading = threads();
    for (const end = Date.now() + 20_000; bytes < 100_000 && Date.now() < end; ) {
      driver.flush();
      driver.reap().deliver();
    }
    driver.close();
    console.log(JSON.stringify({ bytes, forDriver: made - atFirst, forFiles: reading - made }));
  `,
    { env },
  );
}

describe("threads for files", () => {
  for (const model of ["nonblocking", "select", "poll", "epoll", "signal"]) {
    it(`are four on ${model}, and none before the first file`, async () => {
      assert.deepEqual(await reading(model), { bytes: 100_000, forFiles: 4, forDriver: 0 });
    });
  }

  it("are as many as the environment or the program says", async () => {
    const env = { PENTIO_FILE_THREADS: "2" };
    assert.deepEqual(await reading("epoll", env), { bytes: 100_000, forFiles: 2, forDriver: 0 });
    const configured = await reading("poll", env, "configureModels({ files: { threadsMax: 3 } });");
    assert.deepEqual(configured, { bytes: 100_000, forFiles: 3, forDriver: 0 });
  });

  for (const { model, works, reason } of probeModels()) {
    const skip = works ? missing("strace", "-o", "/dev/null", "true") : reason;
    it(`close files on ${model}, unless the kernel does: that may take as long as a disk`, {
      skip,
    }, async (t) => {
      const path = folder(t);
      const [file, trace] = [join(path, "file"), join(path, "trace")];
      const wrapper = ["strace", "-f", "-y", "-e", "trace=close", "-o", trace];
      const { pid } = await programResult<{ pid: number }>(
        `
        import { open } from "$src/fs/index.js";
        import { run } from "$src/index.js";
        const name = ${JSON.stringify(file)};
        await run(function* () {
          const file = yield* open(name, "w+");
          yield* file.write("text");
          yield* file.close();
          console.log(JSON.stringify({ pid: process.pid }));
        }, { model: ${JSON.stringify(model)} });
      `,
        { wrapper },
      );
      const closing = readFileSync(trace, "latin1").split("\n");
      const threads = closing
        .filter((line) => line.includes(`<${file}>`))
        .map((line) => Number.parseInt(line, 10));
      assert.equal(threads.length, model === "io_uring" ? 0 : 1);
      assert.ok(!threads.includes(pid));
    });
  }

  it("are none on io_uring for what its ring has an operation for", { skip: ioUringRefusal }, async () => {
    const told = await programResult<Record<string, number>>(`
      import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
      import { tmpdir } from "node:os";
      import { join } from "node:path";
      import * as fs from "$src/fs/index.js";
      import { run, sleep, spawn } from "$src/index.js";
      /** Those of the process, and not the kernel's own workers for the ring. */
      const threads = () =>
        readdirSync("/proc/self/task").filter(
          (id) => !readFileSync("/proc/self/task/" + id + "/comm", "utf8").startsWith("iou-"),
        ).length;
      const folder = mkdtempSync(join(tmpdir(), "pentio-files-"));
      const [one, other] = [join(folder, "one"), join(folder, "other")];
      await run(function* () {
        yield* fs.stat(folder);
        const before = threads();
        const file = yield* fs.open(one, "w+");
        yield* file.write("text");
        yield* file.writev([Buffer.from("more"), Buffer.from("text")]);
        for (let i = 0; i < 100; i++) yield* spawn(() => file.read(Buffer.alloc(4), { position: 0 }));
        yield* file.readv([Buffer.alloc(2), Buffer.alloc(2)], { position: 0 });
        yield* file.allocate({ position: 0, lengthBytes: 8192 });
        yield* file.advise("willNeed");
        yield* file.sync();
        yield* file.datasync();
        yield* file.stat();
        yield* file.attributes.get("user.none");
        yield* file.close();
        yield* fs.rename(one, other);
        yield* fs.link(other, one);
        yield* fs.symlink(other, join(folder, "link"));
        yield* fs.mkdir(join(folder, "deep"));
        yield* fs.rmdir(join(folder, "deep"));
        yield* fs.unlink(one);
        yield* fs.readFile(other);
        yield* fs.appendFile(other, "end");
        let after = threads();
        // One of the kernel's bears our name until it has run.
        for (let i = 0; i < 100 && after > before; i++, after = threads()) yield* sleep(10);
        yield* fs.readdir(folder);
        console.log(JSON.stringify({ forRing: after - before, others: threads() - after }));
      }, { model: "io_uring" });
      rmSync(folder, { recursive: true });
    `);
    // A folder's entries are what the ring cannot read.
    assert.deepEqual({ ...told, others: told.others! > 0 }, { forRing: 0, others: true });
  });

  it("of a Worker that is terminated with files under way end with it", async () => {
    const { code } = await programResult<{ code: number }>(`
      import { Worker } from "node:worker_threads";
      import { once } from "node:events";
      const worker = new Worker(\`
        import("$src/drivers/index.js").then(async ({ chooseDriver, READ, Request }) => {
          const { openSync } = await import("node:fs");
          const { parentPort } = await import("node:worker_threads");
          const { driver } = chooseDriver("epoll");
          const fd = openSync(process.execPath, "r");
          let left = 4;
          const read = (complete) => {
            const request = new Request(READ, fd, { complete });
            request.data = Buffer.alloc(1 << 20);
            driver.submit(request);
          };
          const readOn = () => read(readOn);
          // The first four reads are given to a thread each. A thread that is ended while it loads koffi ends the process.
          for (let i = 0; i < 4; i++) read(() => { left--; readOn(); });
          for (let i = 0; i < 16; i++) readOn();
          for (let told = false;;) {
            driver.flush();
            driver.reap().deliver();
            if (left > 0 || told) continue;
            told = true;
            parentPort.postMessage("reading");
          }
        });
      \`, { eval: true });
      await once(worker, "message");
      console.log(JSON.stringify({ code: await worker.terminate() }));
    `);
    assert.equal(code, 1);
  });
});
