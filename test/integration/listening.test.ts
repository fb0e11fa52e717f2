import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { connect, listen, type Server, type Socket, spawn } from "../../src/index.ts";
import { addressOf, IPPROTO_TCP, syscalls, TCP_NODELAY } from "../../src/sys/index.ts";
import { readAll, rejects, settle } from "../support/coroutines.ts";
import { foreignClient, foreignServer, receiveAll } from "../support/foreigners.ts";
import { describeModels } from "../support/runtimes.ts";
import { eventually, runsCleanly } from "../support/settling.ts";

const guard = { timeout: 180_000 };

const hasIpv6 = Object.values(networkInterfaces()).some((entries) =>
  entries!.some(({ address }) => address === "::1"),
);
const needsIpv6 = { ...guard, skip: hasIpv6 ? false : "this machine has no IPv6 on its loopback" };

/** An address of the loopback interface on which no other program listens. */
const elsewhere = "127.66.77.88";

function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "pentio-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Whether TCP_NODELAY is set, as the system says. */
function hasNoDelay(socket: Socket): boolean {
  const option = new Int32Array(Buffer.allocUnsafeSlow(8).buffer);
  option[1] = 4;
  const address = addressOf(option);
  assert.equal(syscalls.getsockopt(socket.fd, IPPROTO_TCP, TCP_NODELAY, address, address + 4), 0);
  return option[0] !== 0;
}

/** Connections to a port whose first packet has had no answer yet. */
function unanswered(port: number): number {
  const hexadecimal = `:${port.toString(16).toUpperCase().padStart(4, "0")} 02 `;
  return readFileSync("/proc/net/tcp", "latin1").split(hexadecimal).length - 1;
}

describeModels((runtime) => {
  function* exchange(t: TestContext, server: Server, host: string) {
    const peer = yield* settle(foreignClient(t, { host, port: server.port }));
    const socket = yield* server.accept();
    const { localAddress: peerLocal, localPort, remoteAddress: peerRemote, remotePort } = peer;
    const { localAddress, remoteAddress } = socket;
    yield* socket.write("hello");
    yield* socket.end();
    assert.equal(String(yield* settle(receiveAll(peer))), "hello");
    assert.ok(localAddress && localAddress.family !== "Unix");
    assert.ok(remoteAddress && remoteAddress.family !== "Unix");
    // Each end sees the other as it sees itself.
    assert.equal(localAddress.port, remotePort);
    assert.equal(remoteAddress.port, localPort);
    assert.equal(localAddress.address.replace("::ffff:", ""), peerRemote);
    assert.equal(remoteAddress.address.replace("::ffff:", ""), peerLocal);
    yield* socket.close();
    assert.equal(socket.localAddress, undefined);
    return localAddress;
  }

  it("listens on IPv4", guard, async (t) => {
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host: "127.0.0.1" });
      assert.deepEqual(server.address, { family: "IPv4", address: "127.0.0.1", port: server.port });
      assert.ok(server.port > 0);
      assert.equal((yield* exchange(t, server, "127.0.0.1")).family, "IPv4");
      yield* server.close();
    });
  });

  it("listens on IPv6", needsIpv6, async (t) => {
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host: "::1" });
      assert.deepEqual(server.address, { family: "IPv6", address: "::1", port: server.port });
      assert.deepEqual(yield* exchange(t, server, "::1"), server.address);
      yield* rejects(connect({ host: elsewhere, port: server.port }), { code: "ECONNREFUSED" });
      yield* server.close();
    });
  });

  it("listens on everything by default, IPv4 and IPv6", needsIpv6, async (t) => {
    await runsCleanly(runtime, function* () {
      const server = yield* listen();
      assert.deepEqual(server.address, { family: "IPv6", address: "::", port: server.port });
      assert.equal((yield* exchange(t, server, "127.0.0.1")).address, "::ffff:127.0.0.1");
      assert.equal((yield* exchange(t, server, "::1")).address, "::1");
      yield* server.close();
    });
  });

  it("leaves IPv4 alone with ipv6Only", needsIpv6, async (t) => {
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host: "::", ipv6Only: true });
      yield* exchange(t, server, "::1");
      yield* rejects(connect({ host: elsewhere, port: server.port }), { code: "ECONNREFUSED" });
      yield* server.close();
    });
  });

  it("listens on a name", guard, async (t) => {
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host: "localhost" });
      yield* exchange(t, server, "localhost");
      yield* server.close();
    });
  });

  it("listens again on a port at once after the server was closed", guard, async (t) => {
    await runsCleanly(runtime, function* () {
      const first = yield* listen({ host: "127.0.0.1" });
      // We end first, so that the connection stays in TIME_WAIT.
      yield* exchange(t, first, "127.0.0.1");
      yield* first.close();
      const second = yield* listen({ host: "127.0.0.1", port: first.port });
      yield* exchange(t, second, "127.0.0.1");
      yield* second.close();
    });
  });

  it("listens on a Unix path, and removes the file when it closes", guard, async (t) => {
    const path = join(temporaryDirectory(t), "socket");
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ path });
      assert.deepEqual(server.address, { family: "Unix", path });
      assert.equal(server.port, 0);
      const peer = yield* settle(foreignClient(t, { path }));
      const socket = yield* server.accept();
      assert.deepEqual(socket.localAddress, { family: "Unix", path });
      peer.end("hello");
      assert.equal(String(yield* readAll(socket)), "hello");
      assert.ok(existsSync(path));
      yield* server.close();
      assert.ok(!existsSync(path));
    });
  });

  it("connects to a Unix path", guard, async (t) => {
    const path = join(temporaryDirectory(t), "socket");
    const foreign = await foreignServer(t, {}, { path });
    await runsCleanly(runtime, function* () {
      const socket = yield* connect({ path });
      assert.deepEqual(socket.remoteAddress, { family: "Unix", path });
      const peer = yield* settle(foreign.accept());
      peer.end("hello");
      assert.equal(String(yield* readAll(socket)), "hello");
    });
  });

  it("listens on the longest path that fits, and on a name without a file", guard, async (t) => {
    const directory = temporaryDirectory(t);
    const longest = join(directory, "x".repeat(107 - directory.length - 1));
    for (const path of [longest, `\0pentio-test-${process.pid}-${runtime.name}`]) {
      await runsCleanly(runtime, function* () {
        const server = yield* listen({ path });
        assert.deepEqual(server.address, { family: "Unix", path });
        const client = yield* connect({ path });
        const socket = yield* server.accept();
        yield* client.write("hello");
        assert.equal(String(yield* socket.read()), "hello");
        yield* client.close();
        yield* socket.close();
        yield* server.close();
      });
    }
  });

  it("does not take the place of a file that is no socket", guard, async (t) => {
    const path = join(temporaryDirectory(t), "file");
    writeFileSync(path, "precious");
    await assert.rejects(runtime.run(() => listen({ path })).promise, { code: "EADDRINUSE", path });
    assert.equal(readFileSync(path, "utf8"), "precious");
  });

  it("shares a port with reusePort, and only with it", guard, async (t) => {
    await runsCleanly(runtime, function* () {
      const host = "127.0.0.1";
      const first = yield* listen({ host, reusePort: true });
      const { port } = first;
      const second = yield* listen({ host, port, reusePort: true });
      yield* rejects(listen({ host, port }), { code: "EADDRINUSE" });
      const served = [0, 0];
      const serving = [];
      for (const [i, server] of [first, second].entries()) {
        const task = yield* spawn(function* () {
          for (;;) {
            const socket = yield* server.accept();
            served[i]!++;
            yield* socket.close();
          }
        });
        serving.push(task);
      }
      for (let i = 0; i < 100; i++) yield* settle(foreignClient(t, { host, port }));
      yield* settle(eventually(() => served[0]! + served[1]! === 100, "all are served"));
      assert.ok(served[0]! > 0 && served[1]! > 0, `both get some: ${served}`);
      for (const task of serving) yield* task.cancel();
      yield* first.close();
      yield* second.close();
    });
  });

  it("keeps as many connections ready as the backlog says", guard, async (t) => {
    await runsCleanly(runtime, function* () {
      // Nobody accepts; the kernel takes backlog + 1 connections and lets the others ask again.
      const server = yield* listen({ host: "127.0.0.1", backlog: 3 });
      const clients = Array.from({ length: 8 }, () => foreignClient(t, server.port).catch(() => {}));
      for (let i = 0; i < 4; i++) yield* settle(Promise.race(clients));
      // A handshake that began while there was room may go beyond, as far as the client can see.
      const someWait = () => [1, 2, 3, 4].includes(unanswered(server.port));
      yield* settle(eventually(someWait, "up to four of eight have to wait"));
      yield* server.close();
    });
  });

  it("sends small writes at once unless told otherwise", guard, async (t) => {
    const foreign = await foreignServer(t);
    await runsCleanly(runtime, function* () {
      for (const noDelay of [undefined, true, false]) {
        const options = { host: "127.0.0.1", ...(noDelay === undefined ? {} : { noDelay }) };
        const server = yield* listen(options);
        yield* settle(foreignClient(t, server.port));
        const accepted = yield* server.accept();
        const connected = yield* connect({ ...options, port: foreign.port });
        for (const socket of [accepted, connected]) {
          assert.equal(hasNoDelay(socket), noDelay ?? true);
          socket.setNoDelay(!(noDelay ?? true));
          assert.equal(hasNoDelay(socket), !(noDelay ?? true));
          yield* socket.close();
        }
        yield* server.close();
      }
    });
  });

  it("tells who waits for a connection that the server was closed", guard, async () => {
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host: "127.0.0.1" });
      const acceptors = [];
      for (let i = 0; i < 3; i++) {
        acceptors.push(
          yield* spawn(function* () {
            yield* rejects(server.accept(), { code: "ERR_SERVER_NOT_RUNNING" });
          }),
        );
      }
      yield* server.close();
      yield* server.close();
      yield* rejects(server.accept(), { code: "ERR_SERVER_NOT_RUNNING" });
    });
  });

  it("stops without losing a connection of a socket that another server listens on too", guard, async (t) => {
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host: "127.0.0.1" });
      const first = yield* listen({ fd: server.fd });
      assert.deepEqual(first.address, server.address);
      assert.notEqual(first.fd, server.fd);
      const acceptor = yield* spawn(() => first.accept());
      yield* settle(foreignClient(t, server.port));
      yield* (yield* acceptor).close();
      const count = 20;
      for (let i = 0; i < count; i++) yield* settle(foreignClient(t, server.port));
      yield* first.stop();
      assert.equal(first.fd, -1);
      let accepted = 0;
      for (let next = yield* first.next(); !next.done; next = yield* first.next()) {
        yield* next.value.close();
        accepted++;
      }
      yield* rejects(first.accept(), { code: "ERR_SERVER_NOT_RUNNING" });
      for (; accepted < count; accepted++) yield* (yield* server.accept()).close();
      yield* first.close();
      yield* server.close();
    });
  });

  it("tells who waits for a connection that the server stops", guard, async () => {
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host: "127.0.0.1" });
      const acceptor = yield* spawn(() => rejects(server.accept(), { code: "ERR_SERVER_NOT_RUNNING" }));
      const loop = yield* spawn(() => server.next());
      yield* server.stop();
      yield* acceptor;
      assert.deepEqual(yield* loop, { done: true, value: undefined });
    });
  });

  it("leaves the file of a Unix path to the server that has made it", guard, async (t) => {
    const path = join(temporaryDirectory(t), "socket");
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ path });
      yield* (yield* listen({ fd: server.fd })).close();
      assert.ok(existsSync(path));
      yield* server.close();
      assert.ok(!existsSync(path));
    });
  });

  it("refuses to listen on a descriptor that is none", guard, async () => {
    await runsCleanly(runtime, () =>
      rejects(listen({ fd: 1_000_000 }), { code: "EBADF", syscall: "listen" }),
    );
  });
});
