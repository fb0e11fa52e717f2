import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { models } from "../../src/drivers/index.ts";
import { folder } from "../support/folders.ts";
import { missing, Program } from "../support/programs.ts";
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

describe("write-ahead-log.js", { timeout: 120_000 }, () => {
  const program = example("write-ahead-log.js");

  /** Has it write until so many records are acknowledged, and kills it. @returns those that were */
  async function writeAndKill(path: string, model: string, records: number): Promise<string[]> {
    const child = spawn(process.execPath, [program, "write", path], {
      env: on(model),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const acknowledged: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(line);
      if (acknowledged.length === records) child.kill("SIGKILL");
    }
    return acknowledged;
  }

  for (const model of some) {
    it(`loses no acknowledged record on ${model}, killed again and again`, async (t) => {
      const path = join(folder(t), "log");
      const random = new Random(1);
      const acknowledged: string[] = [];
      for (let i = 0; i < (model === "auto" ? 20 : 5); i++) {
        acknowledged.push(...(await writeAndKill(path, model, random.between(1, 300))));
      }
      const { stdout } = await execute(process.execPath, [program, "list", path], { maxBuffer: 1 << 26 });
      const there = stdout.trimEnd().split("\n");
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
    });
  }

  it("cuts off what a crash has left half-written", async (t) => {
    const path = join(folder(t), "log");
    await writeAndKill(path, "auto", 50);
    const list = () => execute(process.execPath, [program, "list", path]);
    const whole = (await list()).stdout;
    for (const rest of [Buffer.alloc(3, 1), Buffer.alloc(8, 0xff), Buffer.alloc(40, 7)]) {
      fs.appendFileSync(path, rest);
      assert.equal((await list()).stdout, whole);
    }
    await writeAndKill(path, "auto", 1);
    assert.ok((await list()).stdout.startsWith(whole));
    assert.ok(
      (await list()).stdout.length > whole.length,
      "records follow where the last whole one has ended",
    );
  });
});

describe("grep.js", { timeout: 60_000, skip: missing("grep", "--version") }, () => {
  for (const model of models) {
    it(`finds what grep finds on ${model}`, async (t) => {
      const path = folder(t);
      fs.mkdirSync(join(path, "deep/er"), { recursive: true });
      fs.writeFileSync(join(path, "binary"), "needle\0needle\n");
      fs.writeFileSync(join(path, "empty"), "");
      fs.writeFileSync(join(path, "deep/last"), "no\nneedle at the end");
      fs.writeFileSync(join(path, "deep/er/large"), ["x\n".repeat(50_000), "a needle, needle\n"].join(""));
      fs.symlinkSync("deep", join(path, "link"));
      for (let i = 0; i < 200; i++)
        fs.writeFileSync(join(path, `deep/${i}`), `${i}\n${i % 3 ? "hay" : "needle"}\n`);
      const sorted = (text: string) => text.split("\n").sort();
      const { stdout: expected } = await execute("grep", ["-rIF", "needle", path]);
      const { stdout } = await execute(process.execPath, [example("grep.js"), "needle", path], {
        env: on(model),
      });
      assert.deepEqual(sorted(stdout), sorted(expected));
    });
  }

  it("finds in our own sources what grep finds", async () => {
    const sources = fileURLToPath(new URL("../../../src", import.meta.url));
    const sorted = (text: string) => text.split("\n").sort();
    const { stdout: expected } = await execute("grep", ["-rIF", "yield*", sources], { maxBuffer: 1 << 26 });
    const { stdout } = await execute(process.execPath, [example("grep.js"), "yield*", sources], {
      maxBuffer: 1 << 26,
    });
    assert.deepEqual(sorted(stdout), sorted(expected));
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

describe("log-collector.js", { timeout: 60_000 }, () => {
  for (const model of some) {
    it(`collects every line on ${model}, though all logs are rotated`, async (t) => {
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
        while (logs.some((log) => all(log).length < count))
          await new Promise((resolve) => setTimeout(resolve, 5));
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
