import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { models } from "../../src/drivers/index.ts";
import { folder } from "../support/folders.ts";
import { missing, NOBODY, noOtherUser, Program, powerless } from "../support/programs.ts";
import { Random } from "../support/random.ts";

const execute = promisify(execFile);
const examples = new URL("../../examples/", import.meta.url);

function example(name: string): string {
  return fileURLToPath(new URL(name, examples));
}

function on(model: string): NodeJS.ProcessEnv {
  return { ...process.env, PENTIO_MODEL: model, PENTIO_SLOW_MS: "Infinity" };
}

/** Models that work everywhere, and the best one. */
const some = ["auto", "epoll", "blocking"] as const;

describe("write-ahead-log.js", () => {
  const guard = { timeout: 300_000 };
  const program = example("write-ahead-log.js");

  /** Has it write until somebody kills it. @returns the records that were acknowledged */
  async function write(path: string, model: string, begun: (child: ChildProcess) => void): Promise<string[]> {
    const child = spawn(process.execPath, [program, "write", path], {
      env: on(model),
      stdio: ["ignore", "pipe", "inherit"],
    });
    begun(child);
    const acknowledged: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(line);
      child.emit("acknowledged", acknowledged.length);
    }
    return acknowledged;
  }

  /** Has it write until so many records are acknowledged. */
  function writeSome(path: string, records: number): Promise<string[]> {
    return write(path, "auto", (child) =>
      child.on("acknowledged", (count) => count === records && child.kill("SIGKILL")),
    );
  }

  async function list(path: string): Promise<string> {
    return (await execute(process.execPath, [program, "list", path], { maxBuffer: 1 << 28 })).stdout;
  }

  for (const model of some) {
    it(
      `loses no acknowledged record on ${model}, killed at any moment, again and again`,
      guard,
      async (t) => {
        const path = join(folder(t), "log");
        const random = new Random();
        t.diagnostic(`PENTIO_TEST_SEED=${random.seed}`);
        const acknowledged: string[] = [];
        for (let i = 0; i < (model === "auto" ? 40 : 15); i++) {
          const records = await write(path, model, (child) => {
            const kill = (delayMs: number) => setTimeout(() => child.kill("SIGKILL"), delayMs);
            // Each time in two at any moment from its start on, while it recovers, too; else while it writes for certain.
            if (i % 2 === 0) kill(random.between(0, 400));
            else child.once("acknowledged", () => kill(random.between(0, 50)));
          });
          acknowledged.push(...records);
          // What the disk may have kept of a write at a power failure.
          const rest = [Buffer.alloc(0), Buffer.alloc(4096), Buffer.alloc(random.between(1, 100), 7)][i % 3]!;
          fs.appendFileSync(path, rest);
        }
        assert.ok(acknowledged.length > 0);
        const there = (await list(path)).trimEnd().split("\n");
        assert.equal(new Set(there).size, there.length, "no record is there twice");
        const known = new Set(there);
        assert.deepEqual(
          acknowledged.filter((record) => !known.has(record)),
          [],
        );
        // Each writer waits for its record before it writes the next.
        const last = new Map<string, number>();
        for (const record of there) {
          const [, writer, n, pid] = /^writer (\d+), record (\d+) of process (\d+)$/.exec(record)!;
          assert.equal(Number(n), (last.get(`${writer} ${pid}`) ?? -1) + 1);
          last.set(`${writer} ${pid}`, Number(n));
        }
      },
    );
  }

  it("cuts off what a crash has left half-written", guard, async (t) => {
    const path = join(folder(t), "log");
    await writeSome(path, 50);
    const whole = await list(path);
    for (const rest of [Buffer.alloc(3, 1), Buffer.alloc(8, 0xff), Buffer.alloc(40, 7)]) {
      fs.appendFileSync(path, rest);
      assert.equal(await list(path), whole);
    }
    await writeSome(path, 1);
    const more = await list(path);
    assert.ok(more.startsWith(whole));
    assert.ok(more.length > whole.length, "records follow where the last whole one has ended");
  });

  it("takes zeros, which a file system may leave at the end, for no records", guard, async (t) => {
    const path = join(folder(t), "log");
    await writeSome(path, 1);
    const whole = await list(path);
    fs.appendFileSync(path, Buffer.alloc(4096));
    assert.equal(await list(path), whole);
  });
});

describe("grep.js", { skip: missing("grep", "--version") }, () => {
  const guard = { timeout: 180_000 };

  interface Grepped {
    readonly status: number | null;
    readonly lines: string[];
    readonly complaints: string;
  }

  /** What a program finds: byte by byte, in no order, for the files are searched at once. */
  async function grepped(command: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Grepped> {
    const child = spawn(command[0]!, command.slice(1), { env: { ...env, LC_ALL: "C.UTF-8" } });
    const [stdout, stderr, [status]] = await Promise.all([
      child.stdout.setEncoding("latin1").toArray(),
      child.stderr.setEncoding("latin1").toArray(),
      once(child, "close"),
    ]);
    return { status, lines: stdout.join("").split("\n").sort(), complaints: stderr.join("") };
  }

  /** Checks that both find the same, and that the exit status is the same. @returns what ours has found */
  async function compare(options: string[], args: string[], wrapper: readonly string[] = [], model = "auto") {
    const real = await grepped([...wrapper, "grep", "-rIF", ...options, ...args]);
    const ours = await grepped(
      [...wrapper, process.execPath, example("grep.js"), ...options, ...args],
      on(model),
    );
    assert.deepEqual([ours.status, ours.lines], [real.status, real.lines], ours.complaints);
    return ours;
  }

  for (const model of models) {
    it(`finds what grep finds on ${model}`, guard, async (t) => {
      const path = folder(t);
      fs.mkdirSync(join(path, "deep/er"), { recursive: true });
      fs.writeFileSync(join(path, "binary"), "needle\0needle\n");
      fs.writeFileSync(join(path, "empty"), "");
      fs.writeFileSync(join(path, "deep/last"), "no\nneedle at the end");
      fs.writeFileSync(join(path, "deep/er/large"), ["x\n".repeat(50_000), "a needle, needle\n"].join(""));
      fs.symlinkSync("deep", join(path, "link"));
      for (let i = 0; i < 200; i++)
        fs.writeFileSync(join(path, `deep/${i}`), `${i}\n${i % 3 ? "hay" : "needle"}\n`);
      const { status } = await compare(["-n"], ["needle", path], [], model);
      assert.equal(status, 0);
    });
  }

  it("finds in our own sources what grep finds, and nothing where it finds nothing", guard, async () => {
    const sources = fileURLToPath(new URL("../../../src", import.meta.url));
    await compare([], ["yield*", sources]);
    await compare(["-n"], ["", join(sources, "fs")]);
    const { status } = await compare([], [`absent ${process.pid}`, sources]);
    assert.equal(status, 1);
  });

  it("leaves out of binary files what grep leaves out", guard, async (t) => {
    const path = folder(t);
    const hay = "hay\n".repeat(100_000);
    const files = {
      "late zero": `needle\n${hay}\0\nneedle\n`,
      "zero behind": `needle\n${hay}needle\n\0\n`,
      "early zero": `needle\n\0\n${hay}needle\n`,
      "latin-1": "needle \xe9\nneedle\n\xe9\nneedle\n",
      surrogate: `needle\n${hay}needle \xed\xa0\x80\n`,
      "long line": `${"x".repeat(1_000_000)}needle\nneedle`,
      "utf-8": "needle \xc3\xa9\n",
      "name \xff": "needle\n",
    };
    for (const [name, text] of Object.entries(files)) {
      fs.writeFileSync(Buffer.from(`${path}/${name}`, "latin1"), Buffer.from(text, "latin1"));
    }
    const { lines } = await compare(["-n"], ["needle", path]);
    assert.ok(lines.includes(`${path}/late zero:1:needle`));
    fs.mkdirSync(join(path, "only"));
    fs.writeFileSync(join(path, "only", "latin-1"), Buffer.from("needle \xe9\n", "latin1"));
    await compare([], ["needle", join(path, "only")]);
  });

  it("goes on where something cannot be read, and says so", { ...guard, skip: noOtherUser() }, async (t) => {
    const path = folder(t);
    for (const name of ["readable", "secret"]) fs.writeFileSync(join(path, name), "needle\n");
    fs.mkdirSync(join(path, "closed"));
    for (const name of ["secret", "closed"]) {
      fs.chmodSync(join(path, name), 0);
      fs.chownSync(join(path, name), NOBODY, NOBODY);
    }
    for (const text of ["needle", "absent"]) {
      const { status, complaints } = await compare([], [text, path], powerless);
      assert.equal(status, 2);
      for (const name of ["secret", "closed"]) assert.ok(complaints.includes(join(path, name)));
    }
    const { status } = await compare([], ["needle", join(path, "none")]);
    assert.equal(status, 2);
  });
});

/** Of a file that may be renamed at any moment; "" if it is not there. */
function textOf(path: string): string {
  try {
    return fs.readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

describe("log-collector.js", () => {
  const guard = { timeout: 180_000 };

  for (const model of some) {
    it(`collects every line on ${model}, though all logs are rotated`, guard, async (t) => {
      const path = folder(t);
      const logs = ["one", "two"].map((name) => join(path, name));
      const collected = join(path, "all", "collected");
      fs.mkdirSync(join(path, "all"));
      for (const log of logs) fs.writeFileSync(log, "first\n");
      const program = new Program(
        [process.execPath, example("log-collector.js"), "2000", collected, ...logs],
        on(model),
      );
      t.after(() => program.kill());
      /** What has been collected, from the oldest file to the newest. */
      const lines = () =>
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
          .map((i) => (i === 0 ? collected : `${collected}.${i}`))
          .flatMap((name) => textOf(name).split("\n").slice(0, -1));
      const all = (log: string) => lines().filter((line) => line.startsWith(`${log}: `));
      const until = async (count: number) => {
        while (logs.some((log) => all(log).length < count)) {
          if (program.hasEnded) assert.fail(`it has ended: ${(await program.end()).stderr}`);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      };
      for (let round = 0; round < 4; round++) {
        for (const log of logs) {
          for (let i = 0; i < 20; i++) fs.appendFileSync(log, `${round} ${i}\n`);
        }
        await until(1 + 20 * (round + 1));
        for (const log of logs) fs.renameSync(log, `${log}.old`);
      }
      const expected = ["first"];
      for (let round = 0; round < 4; round++) for (let i = 0; i < 20; i++) expected.push(`${round} ${i}`);
      for (const log of logs)
        assert.deepEqual(
          all(log),
          expected.map((line) => `${log}: ${line}`),
        );
      for (const name of fs.readdirSync(join(path, "all"))) {
        const bytes = fs.readFileSync(join(path, "all", name));
        assert.ok(bytes.length <= 2000 && bytes.at(-1) === 10, `${name} has whole lines`);
      }
      assert.equal(await program.line(), `rotated ${collected}`);
    });
  }
});
