import assert from "node:assert/strict";
import { it } from "node:test";
import { connect, listen, type Socket, sleep, spawn } from "../../src/index.ts";
import { foreignClient, foreignServer, receiveAll } from "../support/foreigners.ts";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { describeModels } from "../support/runtimes.ts";
import { leavesNothing } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const host = "127.0.0.1";

describeModels((runtime) => {
  const { model } = runtime;

  it("does by await what it does by yield*", guard, async (t) => {
    await leavesNothing(runtime, async () => {
      const server = await listen({ host, model });
      const client = foreignClient(t, { host, port: server.port, allowHalfOpen: true });
      const socket = await server.accept();
      const peer = await client;
      for (let sent = 0; sent < 3_000_000; sent += 300_000) peer.write(patternBytes(sent, 300_000));
      peer.end();
      const received = receiveAll(peer);
      const reader = new PatternReader();
      for (let chunk = await socket.read(); chunk; chunk = await socket.read()) {
        reader.read(chunk);
        await socket.write(chunk);
        // We end before the peer's end is told, which would close the socket.
        if (reader.bytes === 3_000_000) await socket.end();
      }
      assert.equal(reader.bytes, 3_000_000);
      assert.equal((await received).length, 3_000_000);
      await socket.close();
      await server.close();
    });
  });

  it("serves many connections from async functions", guard, async (t) => {
    await leavesNothing(runtime, async () => {
      const server = await listen({ host, model });
      async function echo(socket: Socket) {
        for (let chunk = await socket.read(); chunk; chunk = await socket.read()) await socket.write(chunk);
      }
      const serving = (async () => {
        const connections = [];
        for (let i = 0; i < 50; i++) connections.push(echo(await server.accept()));
        await Promise.all(connections);
      })();
      const asking = Array.from({ length: 50 }, async (_, i) => {
        const peer = await foreignClient(t, server.port);
        for (let round = 0; round < 20; round++) {
          const answer = new Promise((resolve) => peer.once("data", resolve).resume());
          peer.write(`${i} ${round}`);
          assert.equal(String(await answer), `${i} ${round}`);
        }
        peer.end();
      });
      await Promise.all(asking);
      await serving;
      await server.close();
    });
  });

  it("rejects as it throws", guard, async () => {
    await leavesNothing(runtime, async () => {
      const server = await listen({ host, model });
      const { port } = server;
      await assert.rejects(Promise.resolve(listen({ host, port, model })), { code: "EADDRINUSE", port });
      await server.close();
      await assert.rejects(async () => await connect({ host, port: 1, model }), {
        code: "ECONNREFUSED",
        port: 1,
      });
      await assert.rejects(Promise.resolve(server.accept()), { code: "ERR_SERVER_NOT_RUNNING" });
    });
  });

  it("closes by `await using`", guard, async (t) => {
    const foreign = await foreignServer(t);
    await leavesNothing(runtime, async () => {
      await using server = await listen({ host, model });
      await using socket = await connect({ host, port: foreign.port, model });
      assert.ok(server.fd >= 0);
      assert.ok(socket.fd >= 0);
    });
  });

  it("refuses an operation that was used before, in both ways", guard, async (t) => {
    const foreign = await foreignServer(t);
    const misuse = { name: "TypeError", code: "ERR_INVALID_STATE", message: /used already/ };
    await leavesNothing(runtime, async () => {
      const socket = await connect({ host, port: foreign.port, model });
      const peer = await foreign.accept();
      const writing = socket.write("once");
      await writing;
      await assert.rejects(async () => await writing, misuse);
      const reading = socket.read();
      const first = Promise.resolve(reading);
      await assert.rejects(async () => await reading, misuse);
      peer.write("data");
      assert.equal(String(await first), "data");
      await runtime.run(function* () {
        const napping = sleep(0);
        yield* napping;
        assert.throws(() => napping[Symbol.iterator]().next(), misuse);
      });
      await socket.close();
    });
  });

  it("tells what to do when it is used in the wrong place", guard, async () => {
    await leavesNothing(runtime, async () => {
      assert.throws(() => sleep(1)[Symbol.iterator]().next(), {
        code: "ERR_INVALID_STATE",
        message: /run\(/,
      });
      await assert.rejects(async () => await spawn(() => sleep(1)), {
        code: "ERR_INVALID_STATE",
        message: /run/,
      });
      const star = { code: "ERR_INVALID_STATE", message: /yield\*/ };
      await assert.rejects(
        runtime.run(function* () {
          yield sleep(1) as never;
        }).promise,
        star,
      );
    });
  });
});
