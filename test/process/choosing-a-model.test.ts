import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { models } from "../../src/drivers/index.ts";
import { listen, type Model, run } from "../../src/index.ts";
import { programResult, runProgram } from "../support/programs.ts";

const guard = { timeout: 180_000 };

const whichLoop = `
import { run } from "$src/index.js";
import { loopFor } from "$src/loop/index.js";
await run(function* () {});
console.log(JSON.stringify({ model: loopFor().model, reason: loopFor().reason }));
`;

describe("the choice of a model", () => {
  const unknown = (source: RegExp) => (error: NodeJS.ErrnoException) => {
    assert.equal(error.name, "TypeError");
    assert.equal(error.code, "ERR_INVALID_ARG_VALUE");
    assert.match(error.message, /"kqueue"/);
    assert.match(error.message, source);
    for (const model of ["auto", ...models]) assert.ok(error.message.includes(model), error.message);
    return true;
  };

  it("refuses an unknown name, and tells the known ones", guard, async () => {
    const options = { model: "kqueue" as Model };
    assert.throws(() => run(function* () {}, options), unknown(/option/));
    await assert.rejects(Promise.resolve(listen(options)), unknown(/option/));
    for (const name of ["", "IO_URING", "toString", "__proto__"]) {
      assert.throws(() => run(function* () {}, { model: name as Model }), { code: "ERR_INVALID_ARG_VALUE" });
    }
  });

  it("refuses an unknown name in PENTIO_MODEL, and tells the known ones", guard, async () => {
    const { code, stderr } = await runProgram(whichLoop, { env: { PENTIO_MODEL: "kqueue" } });
    assert.equal(code, 1);
    assert.match(stderr, /Unknown I\/O model "kqueue" in the environment variable PENTIO_MODEL/);
    assert.match(stderr, /ERR_INVALID_ARG_VALUE/);
    for (const model of ["auto", ...models]) assert.ok(stderr.includes(model), stderr);
  });

  for (const model of models) {
    it(`takes ${model} from PENTIO_MODEL`, guard, async () => {
      assert.deepEqual(await programResult(whichLoop, { env: { PENTIO_MODEL: model } }), {
        model,
        reason: `${model} was asked for`,
      });
    });
  }

  it("takes the best that works without PENTIO_MODEL, or with an empty one", guard, async () => {
    const { model } = await programResult<{ model: string }>(whichLoop);
    for (const name of ["", "auto"]) {
      const other = await programResult<{ model: string }>(whichLoop, { env: { PENTIO_MODEL: name } });
      assert.equal(other.model, model);
    }
  });

  it("lets the option overrule PENTIO_MODEL", guard, async () => {
    const program = `
import { listen, run } from "$src/index.js";
await run(function* () {
  const server = yield* listen();
  console.log(JSON.stringify(server.loop.model));
  yield* server.close();
}, { model: "epoll" });
`;
    assert.equal(await programResult(program, { env: { PENTIO_MODEL: "io_uring" } }), "epoll");
  });
});
