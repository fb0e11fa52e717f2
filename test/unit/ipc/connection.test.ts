import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adopt } from "../../../src/index.ts";
import { Connection, pipe } from "../../../src/ipc/index.ts";
import { type Coroutine, run, spawn, type Task } from "../../../src/task/index.ts";
import { rejects, settle } from "../../support/coroutines.ts";
import { describeModels } from "../../support/runtimes.ts";
import { leavesNothing, openSockets } from "../../support/settling.ts";
import { turns } from "../support/operations.ts";

const guard = { timeout: 180_000 };
const ended = { name: "ChannelClosedError", code: "ERR_CHANNEL_CLOSED" };
const broken = { name: "BrokenConnectionError", code: "ERR_CONNECTION_BROKEN" };

function* closeAll(...connections: Connection[]): Coroutine<void> {
  for (const connection of connections) yield* connection.close();
}

/** A connection and the bare socket of its other end, for what no end of ours would write. */
function foreignPipe(messageBytesMax?: number) {
  const [ours, theirs] = pipe(messageBytesMax === undefined ? {} : { messageBytesMax });
  const socket = adopt(theirs.fd);
  return { ours, theirs, socket };
}

describeModels((runtime) => {
  const cleanly = (body: () => Coroutine<void>) => leavesNothing(runtime, () => runtime.run(body).promise);

  describe("a pipe", () => {
    it("carries values both ways, in order", guard, () =>
      cleanly(function* () {
        const [a, b] = pipe();
        const values = [1, "two", { three: [3n, new Date(3)] }, Buffer.from("four"), null, undefined];
        for (const value of values) yield* a.send(value);
        for (const value of values) assert.deepEqual(yield* b.receive(), value);
        yield* b.send("back");
        assert.equal(yield* a.receive(), "back");
        yield* closeAll(a, b);
      }),
    );

    it("carries messages that are longer than what the kernel holds", guard, () =>
      cleanly(function* () {
        const [a, b] = pipe();
        const long = Buffer.alloc(3_000_000, "x");
        const numbers = Float64Array.from({ length: 100_000 }, (_, i) => i);
        const sending = yield* spawn(function* () {
          yield* a.send(long);
          yield* a.send(numbers);
        });
        assert.deepEqual(yield* b.receive(), long);
        assert.deepEqual(yield* b.receive(), numbers);
        yield* sending;
        yield* closeAll(a, b);
      }),
    );

    it("lets sends wait while nobody receives, and loses none", guard, () =>
      cleanly(function* () {
        const [a, b] = pipe();
        const message = Buffer.alloc(10_000);
        let sent = 0;
        const sending = yield* spawn(function* () {
          for (; sent < 300; sent++) yield* a.send(message);
        });
        // Until the kernel takes no more; what comes then is up to who receives.
        for (let before = -1; before !== sent; ) {
          before = sent;
          yield* settleTurns();
        }
        assert.ok(sent < 100, `${sent} messages of 10 KB were sent though nobody receives`);
        for (let i = 0; i < 300; i++) assert.equal(((yield* b.receive()) as Buffer).length, message.length);
        yield* sending;
        yield* closeAll(a, b);
      }),
    );

    it("gives each message to one of those who receive, first come, first served", guard, () =>
      cleanly(function* () {
        const [a, b] = pipe();
        const got: string[] = [];
        const tasks: Task<void>[] = [];
        for (const name of ["first", "second", "third"]) {
          tasks.push(
            yield* spawn(function* () {
              got.push(`${name} ${yield* b.receive()}`);
            }),
          );
        }
        yield* settleTurns();
        for (const value of [1, 2, 3]) yield* a.send(value);
        for (const task of tasks) yield* task;
        assert.deepEqual(got, ["first 1", "second 2", "third 3"]);
        yield* closeAll(a, b);
      }),
    );

    it("loses and doubles nothing when receives are cancelled again and again", guard, () =>
      cleanly(function* () {
        const [a, b] = pipe();
        const count = 500;
        yield* spawn(function* () {
          for (let i = 0; i < count; i++) yield* a.send(i);
        });
        const got: unknown[] = [];
        for (let i = 0; got.length < count; i++) {
          const receiving = yield* spawn(function* () {
            got.push(yield* b.receive());
          });
          if (i % 2 === 0) yield* settleTurns(1);
          yield* receiving.cancel();
        }
        assert.deepEqual(
          got,
          Array.from({ length: count }, (_, i) => i),
        );
        yield* closeAll(a, b);
      }),
    );

    it("sends a message as a whole or not at all when its send is cancelled", guard, () =>
      cleanly(function* () {
        const [a, b] = pipe();
        const delivered: number[] = [];
        const sends: Task<void>[] = [];
        for (let i = 0; i < 20; i++) {
          sends.push(
            yield* spawn(function* () {
              const send = a.send({ i, filler: Buffer.alloc(100_000) });
              try {
                yield* send;
              } finally {
                if (send.isDelivered) delivered.push(i);
              }
            }),
          );
        }
        yield* settleTurns();
        for (const send of sends) yield* send.cancel();
        yield* spawn(() => a.send("last"));
        const got: number[] = [];
        for (let value = yield* b.receive(); value !== "last"; value = yield* b.receive())
          got.push((value as { i: number }).i);
        assert.deepEqual(got, delivered);
        assert.ok(got.length > 0 && got.length < 20, `${got.length} were sent`);
        yield* closeAll(a, b);
      }),
    );

    it("tells its end to who receives and to who loops, after all that was sent", guard, () =>
      cleanly(function* () {
        const [a, b] = pipe();
        yield* a.send("last");
        yield* a.close();
        assert.equal(yield* b.receive(), "last");
        yield* rejects(b.receive(), ended);
        assert.deepEqual(yield* b.next(), { done: true, value: undefined });
        yield* rejects(b.send("too late"), ended);
        yield* b.close();
      }),
    );

    it(
      "tells EPIPE to who sends to nobody, and the end to who receives from one that left without reading",
      guard,
      () =>
        cleanly(function* () {
          const [a, b] = pipe();
          yield* a.send("unread");
          yield* b.send("read");
          yield* b.close();
          yield* rejects(a.send("nobody"), { code: "EPIPE" });
          assert.equal(yield* a.receive(), "read");
          yield* rejects(a.receive(), ended);
          yield* a.close();
        }),
    );

    it("ends what waits for an end that is closed", guard, () =>
      cleanly(function* () {
        const [a, b] = pipe();
        const receiving = yield* spawn(() => rejects(a.receive(), ended));
        yield* settleTurns();
        yield* a.close();
        yield* receiving;
        yield* rejects(a.receive(), ended);
        yield* rejects(a.send(1), ended);
        yield* closeAll(a, b);
      }),
    );

    it("refuses messages that are longer than allowed, and goes on", guard, () =>
      cleanly(function* () {
        const [a, b] = pipe({ messageBytesMax: 1000 });
        assert.throws(() => a.send(Buffer.alloc(1001)), { code: "ERR_FRAME_TOO_LONG" });
        assert.throws(() => a.send(() => {}), /could not be cloned/);
        yield* a.send(Buffer.alloc(1000));
        assert.deepEqual(yield* b.receive(), Buffer.alloc(1000));
        yield* closeAll(a, b);
      }),
    );

    for (const [what, bytes] of [
      ["announces more than is allowed", Buffer.from([255, 255, 255, 127, 0])],
      ["holds what nobody has serialised", Buffer.from([3, 0, 0, 0, 9, 9, 9])],
      ["holds a value that is cut", Buffer.from([3, 0, 0, 0, 0xff, 0x0f, 0x22])],
    ] as const) {
      it(`breaks with an error when a frame ${what}`, guard, () =>
        cleanly(function* () {
          const { ours, theirs, socket } = foreignPipe();
          yield* socket.write(bytes);
          yield* rejects(ours.receive(), broken);
          yield* rejects(ours.receive(), broken);
          assert.equal(yield* socket.read(), null, "the foreign end is told");
          yield* socket.close();
          yield* closeAll(ours, theirs);
        }),
      );
    }

    it("breaks with an error when the other end goes in the middle of a frame", guard, () =>
      cleanly(function* () {
        const { ours, theirs, socket } = foreignPipe();
        yield* socket.write(
          Buffer.from([1, 0, 0, 0, 0x80 /* not all of the header's frame */]).subarray(0, 3),
        );
        yield* theirs.close();
        yield* socket.close();
        yield* rejects(ours.receive(), broken);
        yield* ours.close();
      }),
    );
  });
});

describe("a connection", () => {
  it("can be given away before it is used, and not afterwards", async () => {
    const [a, b] = pipe<string>();
    const moved = Connection.fromDescriptor<string>(b.detach());
    assert.throws(() => b.detach(), { code: "ERR_INVALID_STATE" });
    await run(function* () {
      yield* moved.send("moved");
      assert.equal(yield* a.receive(), "moved");
      assert.equal(a.fd, -1);
      assert.throws(() => a.detach(), { code: "ERR_INVALID_STATE" });
      yield* closeAll(a, moved);
    });
  });

  it("is found in the environment, once", async () => {
    const [a, b] = pipe<string>();
    process.env.PENTIO_CONNECTION = String(b.detach());
    const found = Connection.fromEnvironment<string>();
    assert.throws(() => Connection.fromEnvironment(), { code: "ERR_INVALID_STATE" });
    await found.send("hello");
    assert.equal(await a.receive(), "hello");
    await a.close();
    await found.close();
  });

  it("is looped over by for await", async () => {
    const [a, b] = pipe<number>();
    for (const n of [1, 2, 3]) await a.send(n);
    await a.close();
    const got: number[] = [];
    for await (const n of b) got.push(n);
    assert.deepEqual(got, [1, 2, 3]);
    await b.close();
  });

  it("refuses a length that is none, and keeps no descriptor", () => {
    const before = openSockets();
    assert.throws(() => pipe({ messageBytesMax: 0 }), { code: "ERR_OUT_OF_RANGE" });
    assert.equal(openSockets(), before);
  });
});

/** Lets everything that can happen by itself happen. */
function* settleTurns(count = 5): Coroutine<void> {
  yield* settle(turns(count));
}
