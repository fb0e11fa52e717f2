import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { locate } from "../../../src/task/index.ts";
import { programResult } from "../../support/programs.ts";

function* counting() {
  yield "one";
  yield "two";
}

function textAt(subject: object): string {
  const { file, line, column } = locate([subject])[0]!;
  return readFileSync(file, "utf8")
    .split("\n")
    [line - 1]!.slice(column - 1);
}

describe("the location in the program", () => {
  it("of a generator is where it waits", () => {
    const generator = counting();
    generator.next();
    assert.match(textAt(generator), /^yield "one"/);
    generator.next();
    assert.match(textAt(generator), /^yield "two"/);
    assert.equal(locate([generator])[0]!.what, "wait");
  });

  it("of a generator that has ended is its function", () => {
    const generator = counting();
    generator.return(undefined as never);
    const [location] = locate([generator]);
    assert.deepEqual(location, locate([counting])[0]);
    assert.equal(location!.what, "function");
  });

  it("of a generator that fails is its function", () => {
    const generator = counting();
    generator.next();
    assert.throws(() => generator.throw(new Error("on purpose")));
    assert.deepEqual(locate([generator]), locate([counting]));
  });

  it("of a function is its beginning", () => {
    assert.match(textAt(textAt), /^\(subject\)/);
  });

  it("is found for many at once, in their order, and null where there is none", () => {
    const generators = Array.from({ length: 5 }, () => counting());
    generators[3]!.next();
    const locations = locate([...generators, Math.max, {}, counting]);
    assert.equal(locations.length, 8);
    assert.deepEqual(locations.slice(5), [null, null, locate([counting])[0]]);
    assert.notDeepEqual(locations[3], locations[2]);
  });

  it("leaves nothing behind in the program", () => {
    const before = Reflect.ownKeys(globalThis);
    locate([counting]);
    assert.deepEqual(Reflect.ownKeys(globalThis), before);
  });

  it("is that of the source where Node uses source maps", async () => {
    const program = `
      import { locate, sleep } from "$src/task/index.js";
      console.log(JSON.stringify(locate([sleep])[0]));`;
    const plain = await programResult<{ file: string }>(program);
    const mapped = await programResult<{ file: string; line: number }>(program, {
      nodeFlags: ["--enable-source-maps"],
    });
    assert.match(plain.file, /\/dist\/src\/task\/sleep\.js$/);
    assert.match(mapped.file, /(?<!dist)\/src\/task\/sleep\.ts$/);
    assert.match(readFileSync(mapped.file, "utf8").split("\n")[mapped.line - 1]!, /export function sleep/);
  });

  it("is known in a Worker", async () => {
    const worker = `
      import { locate, sleep } from "$src/task/index.js";
      import { parentPort } from "node:worker_threads";
      parentPort.postMessage(locate([sleep])[0].file);`;
    const file = await programResult<string>(`
      import { Worker } from "node:worker_threads";
      const source = ${JSON.stringify(worker)};
      const worker = new Worker(new URL("data:text/javascript," + encodeURIComponent(source)));
      worker.on("message", (file) => console.log(JSON.stringify(file)));`);
    assert.match(file, /sleep\.js$/);
  });

  it("is null where Node may not use its inspector", async () => {
    const program = `
      import { locate } from "$src/task/source-location.js";
      console.log(JSON.stringify(locate([locate])));`;
    const nodeFlags = ["--experimental-permission", "--allow-fs-read=*", "--no-warnings"];
    assert.deepEqual(await programResult(program, { nodeFlags }), [null]);
  });
});
