import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { chunks, entries, lines, open, readdir, type Source, tail, walk, watch } from "../../src/fs/index.ts";
import { sleep, spawn, until } from "../../src/index.ts";
import { each } from "../../src/stream/index.ts";
import { rejects } from "../support/coroutines.ts";
import { folder, openIn } from "../support/folders.ts";
import { patternBytes } from "../support/pattern.ts";
import { Random } from "../support/random.ts";
import { describeModels } from "../support/runtimes.ts";

const guard = { timeout: 180_000 };

/** All that a stream gives, or the first so many items, after which it is closed. */
function* take<T>(source: Source<T>, count = Number.POSITIVE_INFINITY) {
  const items: T[] = [];
  for (const item of yield* each(source)) {
    items.push(item);
    if (items.length === count) break;
    yield* each.next();
  }
  return items;
}

describeModels((runtime) => {
  it("lines are a file's lines, however long and wherever reads end", guard, async (t) => {
    const path = join(folder(t), "file");
    const random = new Random(7);
    const texts = Array.from({ length: 1000 }, (_, i) => `${i}é`.repeat(random.between(0, 30)));
    texts.push("ä".repeat(100_000), "", "last");
    for (const [end, expected] of [
      ["\n", texts],
      ["\r\n", texts],
    ] as const) {
      for (const final of ["", end]) {
        fs.writeFileSync(path, texts.join(end) + final);
        await runtime.run(function* () {
          const found = yield* take(lines(path));
          assert.deepEqual(found, expected);
        });
      }
    }
    fs.writeFileSync(path, "");
    await runtime.run(function* () {
      assert.deepEqual(yield* take(lines(path)), []);
      yield* rejects(lines(`${path}.none`).next(), { code: "ENOENT", path: `${path}.none` });
    });
  });

  it("lines are for await, too, and leaving them closes the file", guard, async (t) => {
    const path = join(folder(t), "file");
    fs.writeFileSync(path, "one\ntwo\nthree\n");
    const found: string[] = [];
    for await (const line of lines(path)) {
      found.push(line);
      if (line === "two") break;
    }
    assert.deepEqual(found, ["one", "two"]);
    const file = await open(path, { model: runtime.model });
    for await (const line of lines(file)) found.push(line);
    assert.equal(found.length, 5);
    assert.equal(file.closed, false, "an open one stays open");
    await file.close();
  });

  it("chunks come in order, with several being read at once", guard, async (t) => {
    const path = join(folder(t), "file");
    for (const length of [0, 1, 9999, 10_000, 100_000, 123_456]) {
      const bytes = Buffer.concat([patternBytes(0, length)]);
      fs.writeFileSync(path, bytes);
      await runtime.run(function* () {
        for (const readahead of [0, 1, 7, 20]) {
          const all = yield* take(chunks(path, { size: 10_000, readahead }));
          assert.ok(Buffer.concat(all).equals(bytes), `${length} bytes, ${readahead} ahead`);
          assert.ok(all.slice(0, -1).every((chunk) => chunk.length === 10_000));
        }
        const rest = yield* take(chunks(path, { size: 1000, position: 5000 }));
        assert.ok(Buffer.concat(rest).equals(bytes.subarray(5000)));
        yield* take(chunks(path, { size: 10 }), 3);
      });
    }
    assert.throws(() => chunks(path, { size: 0 }), { code: "ERR_OUT_OF_RANGE" });
  });

  it("a pipe is a stream of chunks and of lines, as it comes", guard, async (t) => {
    const path = join(folder(t), "pipe");
    execFileSync("mkfifo", [path]);
    await runtime.run(function* () {
      const opening = yield* spawn(() => open(path, "w"));
      const found = yield* spawn(() => take(lines(path)));
      const writing = yield* opening;
      for (const text of ["on", "e\ntw", "o\n", "three"]) yield* writing.write(text);
      yield* writing.close();
      assert.deepEqual(yield* found, ["one", "two", "three"]);
    });
  });

  it("a pipe's stream goes on after its first wait was cancelled, at any moment", guard, async (t) => {
    const path = join(folder(t), "pipe");
    execFileSync("mkfifo", [path]);
    await runtime.run(function* () {
      for (let turns = 0; turns < 6; turns++) {
        const file = yield* open(path, "r+");
        const stream = chunks(file);
        const first = yield* spawn(() => stream.next());
        for (let turn = 0; turn < turns; turn++) yield* sleep(turn === 4 ? 20 : 0);
        yield* first.cancel();
        yield* file.write("hello");
        assert.equal((yield* stream.next()).value?.toString(), "hello");
        yield* stream.return();
        yield* file.close();
      }
    });
  });

  it("a huge folder is a stream, and a tree is walked a folder before what is in it", guard, async (t) => {
    const path = folder(t);
    for (let i = 0; i < 600; i++) fs.writeFileSync(join(path, `file ${i}`), "");
    for (const name of ["a/b/c", "a/d", "e"]) fs.mkdirSync(join(path, name), { recursive: true });
    fs.writeFileSync(join(path, "a/b/deep"), "");
    fs.symlinkSync("..", join(path, "a/link"));
    await runtime.run(function* () {
      const names = (yield* take(entries(path))).map(({ name }) => name);
      assert.deepEqual(names.sort(), fs.readdirSync(path).sort());
      assert.equal((yield* take(entries(path), 5)).length, 5);
      const all = (yield* take(walk(path, { concurrency: 3 }))).map((entry) => entry.path);
      // Unlike Node, find(1) follows no links.
      const expected = execFileSync("find", [path, "-mindepth", "1"]).toString().trimEnd().split("\n");
      assert.deepEqual([...all].sort(), expected.sort());
      assert.ok(all.indexOf(join(path, "a/b")) < all.indexOf(join(path, "a/b/deep")));
      const shallow = walk(path, { enter: ({ name }) => name !== "a" });
      assert.ok((yield* take(shallow)).every((entry) => !entry.path.includes("/a/")));
      assert.deepEqual((yield* readdir(path, { recursive: true })).length, expected.length);
      yield* rejects(entries(join(path, "none")).next(), { code: "ENOENT" });
      yield* rejects(entries(join(path, "file 1")).next(), { code: "ENOTDIR" });
    });
  });

  it("a wait for the next item that is cancelled takes nothing along", guard, async (t) => {
    const path = folder(t);
    for (let i = 0; i < 150; i++) fs.mkdirSync(join(path, `folder ${i}`));
    fs.writeFileSync(
      join(path, "file"),
      Buffer.from(Array.from({ length: 600 }, (_, i) => `${i}`).join("\n")),
    );
    await runtime.run(function* () {
      const sources: [Source<unknown>, number][] = [
        [entries(path), 151],
        [walk(path), 151],
        [lines(join(path, "file")), 600],
        [chunks(join(path, "file"), { size: 100 }), Math.ceil(fs.statSync(join(path, "file")).size / 100)],
      ];
      for (const [source, count] of sources) {
        let found = 0;
        for (let i = 0; ; i++) {
          let next: IteratorResult<unknown, void> | undefined;
          const task = yield* spawn(function* () {
            next = yield* source.next();
          });
          if (i % 3 === 0) {
            yield* sleep(0);
            yield* task.cancel();
          } else yield* task;
          if (next?.done) break;
          if (next) found++;
        }
        assert.equal(found, count);
      }
    });
  });

  it("a stream that is left while its next item is waited for has ended", guard, async (t) => {
    const path = folder(t);
    const [pipe, log] = [join(path, "pipe"), join(path, "log")];
    execFileSync("mkfifo", [pipe]);
    fs.writeFileSync(log, "");
    for (let i = 0; i < 50; i++) fs.mkdirSync(join(path, `folder ${i}`));
    await runtime.run(function* () {
      const file = yield* open(pipe, "r+");
      const waiting = [
        () => chunks(file),
        () => lines(file),
        () => tail(log),
        () => lines(tail(log)),
        () => watch(path),
      ];
      const busy = [() => walk(path), () => entries(path), () => chunks(log)];
      for (const make of [...waiting, ...busy]) {
        for (let turns = 0; turns < 4; turns++) {
          const stream: Source<unknown> = make();
          const iterator = stream[Symbol.asyncIterator]();
          const next = turns % 2 === 0 ? iterator.next() : (yield* spawn(() => stream.next())).promise;
          for (let turn = 0; turn < turns; turn++) yield* sleep(0);
          yield* stream.return();
          const { done } = yield* until(next);
          // What need not wait for others may have given something before.
          if (waiting.includes(make as () => Source<Buffer>)) assert.equal(done, true);
          assert.deepEqual(yield* stream.next(), { done: true, value: undefined });
        }
      }
      // What they held is closed.
      while (openIn(path).length > 1) yield* sleep(1);
      yield* file.write("for others");
      const into = Buffer.alloc(20);
      assert.equal(into.toString("latin1", 0, yield* file.read(into)), "for others");
      yield* file.close();
    });
  });

  it("a tail tells what is appended, and follows the name to another file", guard, async (t) => {
    const path = join(folder(t), "log");
    fs.writeFileSync(path, "before\n");
    await runtime.run(function* () {
      const following = lines(tail(path, { from: 0 }));
      const next = function* () {
        return (yield* following.next()).value;
      };
      assert.equal(yield* next(), "before");
      fs.appendFileSync(path, "one\ntwo");
      assert.equal(yield* next(), "one");
      fs.appendFileSync(path, " and a half\n");
      assert.equal(yield* next(), "two and a half");
      fs.renameSync(path, `${path}.1`);
      fs.appendFileSync(`${path}.1`, "late\n");
      fs.writeFileSync(path, "a new file\n");
      assert.deepEqual([yield* next(), yield* next()], ["late", "a new file"]);
      fs.writeFileSync(path, "cut\n");
      assert.equal(yield* next(), "cut");
      const cancelled = yield* spawn(() => following.next());
      yield* sleep(1);
      yield* cancelled.cancel();
      fs.appendFileSync(path, "goes on\n");
      assert.equal(yield* next(), "goes on");
      yield* following.return();
      assert.deepEqual(yield* following.next(), { done: true, value: undefined });
    });
  });

  it("a tail that is cancelled between two files loses nothing of either", guard, async (t) => {
    const path = join(folder(t), "log");
    fs.writeFileSync(path, "a long line of the first file\n");
    await runtime.run(function* () {
      const following = lines(tail(path, { from: 0 }));
      const found: string[] = [];
      const next = function* () {
        const { value } = yield* following.next();
        found.push(value!);
      };
      /** Asks, and gives up before there is anything. */
      const cancelled = function* (turns: number) {
        const task = yield* spawn(next);
        for (let turn = 0; turn < turns; turn++) yield* sleep(0);
        yield* task.cancel();
      };
      yield* next();
      for (let round = 0; round < 20; round++) {
        fs.renameSync(path, `${path}.${round}`);
        for (const turns of [round % 4, 10, 1]) yield* cancelled(turns);
        fs.appendFileSync(`${path}.${round}`, `late ${round}\n`);
        yield* cancelled(round % 7);
        fs.writeFileSync(path, `a line of file ${round}, longer than the one before\n`);
        yield* cancelled(round % 5);
        while (found.length < 3 + 2 * round) yield* next();
      }
      yield* following.return();
      const expected = Array.from({ length: 20 }, (_, i) => [
        `late ${i}`,
        `a line of file ${i}, longer than the one before`,
      ]);
      assert.deepEqual(found, ["a long line of the first file", ...expected.flat()]);
    });
  });

  it("a tail follows symbolic links, and those who change them", guard, async (t) => {
    const path = folder(t);
    const at = (name: string) => join(path, name);
    for (const name of ["links", "first", "second"]) fs.mkdirSync(at(name));
    fs.symlinkSync("links/link", at("log"));
    fs.symlinkSync("../first/file", at("links/link"));
    fs.writeFileSync(at("first/file"), "one\n");
    await runtime.run(function* () {
      const following = lines(tail(at("log"), { from: 0 }));
      /** The next line, which comes only when it is waited for. */
      const after = function* (act: () => void) {
        const task = yield* spawn(() => following.next());
        for (let turn = 0; turn < 10; turn++) yield* sleep(1);
        act();
        return (yield* task).value;
      };
      assert.equal((yield* following.next()).value, "one");
      assert.equal(yield* after(() => fs.appendFileSync(at("first/file"), "two\n")), "two");
      const rotated = yield* after(() => {
        fs.renameSync(at("first/file"), at("first/file.1"));
        fs.writeFileSync(at("first/file"), "three\n");
      });
      assert.equal(rotated, "three");
      const elsewhere = yield* after(() => {
        fs.writeFileSync(at("second/file"), "four\n");
        fs.symlinkSync("../second/file", at("links/new"));
        fs.renameSync(at("links/new"), at("links/link"));
      });
      assert.equal(elsewhere, "four");
      assert.equal(yield* after(() => fs.appendFileSync(at("second/file"), "five\n")), "five");
      yield* following.return();
    });
  });

  it("a tail begins at the end, unless it is told otherwise", guard, async (t) => {
    const path = join(folder(t), "log");
    fs.writeFileSync(path, "before\n");
    await runtime.run(function* () {
      const following = lines(tail(path));
      const first = yield* spawn(() => following.next());
      // It may look at the end before the first of these or after; of those that follow it tells all.
      for (let i = 0; first.state === "running"; i++) {
        fs.appendFileSync(path, `${i}\n`);
        yield* sleep(1);
      }
      const { value } = yield* first;
      assert.match(value!, /^\d+$/);
      yield* following.return();
    });
  });

  it("changes in a folder are a stream", guard, async (t) => {
    const path = folder(t);
    await runtime.run(function* () {
      const changes = watch(path);
      fs.writeFileSync(join(path, "new"), "x");
      const first = yield* changes.next();
      assert.deepEqual(first, { done: false, value: { type: "rename", name: "new" } });
      for (const { type, name } of yield* each(changes)) {
        assert.equal(name, "new");
        if (type === "change") break;
        yield* each.next();
      }
      assert.throws(() => watch(join(path, "none")), { code: "ENOENT" });
    });
  });

  it("changes in all folders below are a stream, if that is asked for", guard, async (t) => {
    const path = folder(t);
    fs.mkdirSync(join(path, "a/b"), { recursive: true });
    await runtime.run(function* () {
      const [flat, deep] = [watch(path), watch(path, { recursive: true })];
      const found = yield* spawn(function* () {
        for (const { name } of yield* each(deep)) {
          if (name === join("a", "b", "new")) break;
          yield* each.next();
        }
      });
      // Node watches what is below a moment later.
      for (let i = 0; found.state === "running"; i++) {
        fs.writeFileSync(join(path, "a/b/new"), `${i}`);
        yield* sleep(5);
      }
      yield* found;
      fs.writeFileSync(join(path, "top"), "");
      assert.equal((yield* flat.next()).value?.name, "top", "without it, only what is in the folder");
      yield* flat.return();
    });
  });
});
