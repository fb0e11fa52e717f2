import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { it } from "node:test";
import { createGunzip, createGzip } from "node:zlib";
import { connect, each, listen, spawn } from "../../src/index.ts";
import { into, map, pipe, take } from "../../src/stream/index.ts";
import { settle } from "../support/coroutines.ts";
import { foreignClient, foreignServer, receiveAll } from "../support/foreigners.ts";
import { describeModels } from "../support/runtimes.ts";
import { eventually, leavesNothing, settled } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const host = "127.0.0.1";

describeModels((runtime) => {
  it("loops over a socket's chunks to the peer's end", guard, async (t) => {
    await leavesNothing(
      runtime,
      () =>
        runtime.run(function* () {
          const server = yield* listen({ host });
          const peer = foreignClient(t, { port: server.port, host });
          const socket = yield* server.accept();
          (yield* settle(peer)).end("x".repeat(300_000));
          let length = 0;
          for (const chunk of yield* each(socket)) {
            length += chunk.length;
            yield* each.next();
          }
          assert.equal(length, 300_000);
          assert.equal(socket.closed, true);
          yield* server.close();
        }).promise,
    );
  });

  it("keeps a half-open socket open for writing after its end", guard, async (t) => {
    await leavesNothing(runtime, async () => {
      let received: Promise<Buffer> | undefined;
      await runtime.run(function* () {
        const server = yield* listen({ host, allowHalfOpen: true });
        const peer = foreignClient(t, { port: server.port, host, allowHalfOpen: true });
        received = peer.then((client) => receiveAll(client.end("question")));
        const socket = yield* server.accept();
        const words: string[] = [];
        for (const chunk of yield* each(socket)) {
          words.push(String(chunk));
          yield* each.next();
        }
        yield* socket.write(`${words.join("")}, answer`);
        yield* socket.end();
        yield* server.close();
      });
      assert.equal(String(await received), "question, answer");
    });
  });

  it("closes a socket whose loop is left, and a server whose loop is left", guard, async (t) => {
    await leavesNothing(
      runtime,
      () =>
        runtime.run(function* () {
          const server = yield* listen({ host });
          const peer = yield* settle(foreignClient(t, { port: server.port, host }));
          peer.write("hello");
          const closed = receiveAll(peer);
          for (const socket of yield* each(server)) {
            for (const _ of yield* each(socket)) break;
            break;
          }
          yield* settle(closed);
        }).promise,
    );
  });

  it("serves with for await, until the server is closed", guard, async (t) => {
    await leavesNothing(runtime, async () => {
      const server = await runtime.run(() => listen({ host }));
      const client = foreignClient(t, { port: server.port, host }).then((peer) => {
        peer.end("hello");
        return receiveAll(peer);
      });
      for await (const socket of server) {
        for await (const chunk of socket) await socket.write(chunk);
        await server.close();
      }
      assert.equal(String(await client), "hello");
    });
  });

  it(
    "takes connections one at a time in a loop that spawns, and ends it when its task is cancelled",
    guard,
    async (t) => {
      await leavesNothing(
        runtime,
        () =>
          runtime.run(function* () {
            const server = yield* listen({ host });
            const serving = yield* spawn(function* () {
              for (const socket of yield* each(server)) {
                yield* spawn(() => pipe(socket, into(socket)));
                yield* each.next();
              }
            });
            for (const text of ["a", "b"]) {
              const peer = yield* settle(foreignClient(t, { port: server.port, host, allowHalfOpen: true }));
              peer.end(text);
              assert.equal(String(yield* settle(receiveAll(peer))), text);
            }
            yield* serving.cancel();
            yield* settle(
              assert.rejects(async () => await connect({ port: server.port, host }), {
                code: "ECONNREFUSED",
              }),
            );
          }).promise,
      );
    },
  );

  it("pipes a file through zlib and a socket and back", guard, async () => {
    const original = (await readFile(process.execPath)).subarray(0, 2_000_001);
    await leavesNothing(
      runtime,
      () =>
        runtime.run(function* () {
          const server = yield* listen({ host, allowHalfOpen: true });
          const echo = yield* spawn(function* () {
            const socket = yield* server.accept();
            yield* pipe(socket, into(socket));
          });
          const socket = yield* connect({ port: server.port, host, allowHalfOpen: true });
          const [gzip, gunzip] = [createGzip(), createGunzip()];
          yield* spawn(() => pipe(createReadStream(process.execPath, { end: 2_000_000 }), into(gzip)));
          yield* spawn(() => pipe(gzip, into(socket)));
          yield* spawn(() => pipe(socket, into(gunzip)));
          const chunks: Buffer[] = [];
          for (const chunk of yield* each<Buffer>(gunzip)) {
            chunks.push(chunk);
            yield* each.next();
          }
          assert.ok(Buffer.concat(chunks).equals(original));
          yield* echo;
          yield* server.close();
        }).promise,
    );
  });

  it("makes no more chunks than the kernel takes for a peer that does not read", guard, async (t) => {
    const foreign = await foreignServer(t);
    await leavesNothing(
      runtime,
      () =>
        runtime.run(function* () {
          const peer = foreign.accept().then((socket) => socket.pause());
          const socket = yield* connect({ port: foreign.port, host });
          let made = 0;
          const chunk = Buffer.alloc(65536);
          const forever = (function* () {
            for (;;) yield chunk;
          })();
          const writing = yield* spawn(() =>
            pipe(
              forever,
              map((chunk) => {
                made++;
                return chunk;
              }),
              take(1_000),
              into(socket),
            ),
          );
          yield* settle(eventually(() => made > 1, "the pipe has begun"));
          yield* settle(settled(() => made));
          assert.ok(made < 1_000, `${made} chunks`);
          yield* writing.cancel();
          assert.equal(socket.closed, true);
          (yield* settle(peer)).destroy();
        }).promise,
    );
  });

  it("fails a pipe into a socket whose peer resets, and closes the source", guard, async (t) => {
    const foreign = await foreignServer(t);
    await leavesNothing(
      runtime,
      () =>
        runtime.run(function* () {
          const peer = foreign.accept();
          const socket = yield* connect({ port: foreign.port, host });
          let closed = false;
          function* endless() {
            try {
              for (;;) yield Buffer.alloc(65536);
            } finally {
              closed = true;
            }
          }
          (yield* settle(peer)).resetAndDestroy();
          let code: string | undefined;
          try {
            yield* pipe(endless(), into(socket));
          } catch (error) {
            code = (error as NodeJS.ErrnoException).code;
          }
          assert.ok(["ECONNRESET", "EPIPE"].includes(code ?? ""), code);
          assert.equal(closed, true);
          assert.equal(socket.closed, true);
        }).promise,
    );
  });
});
