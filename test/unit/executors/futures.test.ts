import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { each, run, TimeoutError } from "pentio";
import { asCompleted, Future, wait } from "pentio/executors";

function three(): [Future<string>, Future<string>, Future<string>] {
  return [new Future(), new Future(), new Future()];
}

describe("wait", () => {
  it("waits for all, and counts what is given twice once", async () => {
    const [a, b, c] = three();
    a.setResult("a");
    setImmediate(() => {
      b.setException(new Error("b"));
      c.cancel();
    });
    const { done, notDone } = await wait([a, b, c, a]);
    assert.deepEqual([...done], [a, b, c]);
    assert.equal(notDone.size, 0);
    assert.equal((await wait([])).done.size, 0);
  });

  it("waits for the first", async () => {
    const [a, b, c] = three();
    setImmediate(() => b.setResult("b"));
    const { done, notDone } = await run(() => wait([a, b, c], { returnWhen: "first-completed" }));
    assert.deepEqual([...done], [b]);
    assert.deepEqual([...notDone], [a, c]);
  });

  it("waits for the first exception, or for all", async () => {
    const [a, b, c] = three();
    a.setResult("a");
    setImmediate(() => b.setException(new Error("b")));
    const { notDone } = await wait([a, b, c], { returnWhen: "first-exception" });
    assert.deepEqual([...notDone], [c]);
    c.setResult("c");
    const { done } = await wait([a, c], { returnWhen: "first-exception" });
    assert.equal(done.size, 2);
  });

  it("ends when the time is up, without an error", async () => {
    const [a, b] = three();
    a.setResult("a");
    const { done, notDone } = await wait([a, b], { timeoutMs: 1 });
    assert.deepEqual([[...done], [...notDone]], [[a], [b]]);
  });

  it("refuses what is no choice", () => {
    assert.throws(() => wait([], { returnWhen: "soon" as "all-completed" }), {
      code: "ERR_INVALID_ARG_VALUE",
    });
  });
});

describe("asCompleted", () => {
  it("gives futures in the order of their ends, each once", async () => {
    const [a, b, c] = three();
    b.setResult("b");
    setImmediate(() => c.setResult("c"));
    setImmediate(() => a.cancel());
    const order: Future<string>[] = [];
    for await (const future of asCompleted([a, b, c, b])) order.push(future);
    assert.deepEqual(order, [b, c, a]);
    for await (const _ of asCompleted([])) assert.fail("there are none");
  });

  it("is a stream for coroutines", async () => {
    const [a, b] = three();
    const completed = asCompleted([a, b]);
    b.setResult("b");
    setImmediate(() => a.setResult("a"));
    const results: string[] = [];
    await run(function* () {
      for (const future of yield* each(completed)) {
        results.push(yield* future.result());
        yield* each.next();
      }
    });
    assert.deepEqual(results, ["b", "a"]);
  });

  for (const timeoutMs of [1e6, Number.POSITIVE_INFINITY]) {
    it(`leaves nothing behind when it is left early or never begun, with timeoutMs ${timeoutMs}`, async () => {
      const [a, b] = three();
      a.setResult("a");
      const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
      const before = timers();
      for await (const future of asCompleted([a, b], { timeoutMs })) {
        assert.equal(future, a);
        break;
      }
      await asCompleted([a, b], { timeoutMs }).return?.();
      assert.equal((b as unknown as { watchers: unknown[] | null }).watchers?.length ?? 0, 0);
      assert.equal(timers(), before);
    });
  }

  it("gives up when the time is up, and forgets what comes later", async () => {
    const [a, b] = three();
    a.setResult("a");
    const order: Future<string>[] = [];
    await assert.rejects(async () => {
      for await (const future of asCompleted([a, b], { timeoutMs: 1 })) order.push(future);
    }, TimeoutError);
    assert.deepEqual(order, [a]);
    b.setResult("b");
  });
});
