import assert from "node:assert/strict";
import { once } from "node:events";
import type net from "node:net";
import { describe, it, type TestContext } from "node:test";
import {
  EpollSelector,
  EVENT_READ,
  EVENT_WRITE,
  listenSocket,
  type StreamSocket,
} from "../../../src/selectors/public.ts";
import { foreignClient, receiveAll } from "../../support/foreigners.ts";
import { eventually, openDescriptors } from "../../support/settling.ts";

function listening(t: TestContext): StreamSocket {
  const listener = listenSocket({ host: "127.0.0.1" });
  t.after(() => listener.close());
  return listener;
}

/** A connection that is accepted, and its other end in node:net. */
async function connection(t: TestContext): Promise<[StreamSocket, net.Socket]> {
  const listener = listening(t);
  const client = await foreignClient(t, listener.port);
  await readable(listener);
  const socket = listener.accept();
  t.after(() => socket.close());
  return [socket, client];
}

/** Waits for readiness, letting node:net go on. */
async function readable(socket: StreamSocket, events = EVENT_READ): Promise<void> {
  using selector = new EpollSelector();
  selector.register(socket, events);
  await eventually(() => selector.select(0).length > 0, "the socket is ready");
}

describe("a listening socket", () => {
  it("has a port, and accepts what connects to it", async (t) => {
    const listener = listening(t);
    assert.ok(listener.port > 0);
    const before = listener.fd;
    const client = await foreignClient(t, listener.port);
    await readable(listener);
    const socket = listener.accept();
    t.after(() => socket.close());
    assert.notEqual(socket.fd, before);
    assert.equal(socket.port, client.remotePort);
  });

  it("throws EAGAIN where it would have to wait", (t) => {
    assert.throws(() => listening(t).accept(), { code: "EAGAIN", syscall: "accept", message: /select\(\)/ });
  });

  it("listens on all addresses by default, on IPv4 and IPv6", async (t) => {
    const listener = listenSocket();
    t.after(() => listener.close());
    for (const host of ["127.0.0.1", "::1"]) {
      await foreignClient(t, { host, port: listener.port });
      await readable(listener);
      listener.accept().close();
    }
  });

  it("can listen at once on a port that connections of its predecessor still occupy", async (t) => {
    const listener = listenSocket({ host: "127.0.0.1" });
    const { port } = listener;
    const client = await foreignClient(t, port);
    await readable(listener);
    // Who closes first is in TIME_WAIT afterwards.
    listener.accept().close();
    client.resume();
    await once(client, "close");
    listener.close();
    listenSocket({ host: "127.0.0.1", port }).close();
  });

  it("says what is wrong, and leaves no descriptor", (t) => {
    const taken = listening(t).port;
    const before = openDescriptors();
    assert.throws(() => listenSocket({ host: "127.0.0.1", port: taken }), {
      code: "EADDRINUSE",
      syscall: "listen",
      address: "127.0.0.1",
      port: taken,
    });
    assert.throws(() => listenSocket({ host: "192.0.2.1" }), { code: "EADDRNOTAVAIL" });
    assert.throws(() => listenSocket({ host: "localhost" }), { code: "ERR_INVALID_ARG_VALUE" });
    for (const port of [-1, 65536, 1.5, Number.NaN]) {
      assert.throws(() => listenSocket({ port }), { code: "ERR_SOCKET_BAD_PORT" });
    }
    assert.equal(openDescriptors(), before);
  });
});

describe("a stream socket", () => {
  it("receives what has arrived, at most as much as is asked for, and then the end", async (t) => {
    const [socket, client] = await connection(t);
    assert.throws(() => socket.recv(), { code: "EAGAIN", syscall: "recv" });
    client.write("hello");
    await readable(socket);
    assert.equal(socket.recv(2).toString(), "he");
    assert.equal(socket.recv(1).toString(), "l");
    assert.equal(socket.recv().toString(), "lo");
    client.end();
    await readable(socket);
    assert.equal(socket.recv().length, 0);
  });

  it("keeps what was received as it was", async (t) => {
    const [socket, client] = await connection(t);
    const sent = Array.from({ length: 300 }, (_, i) => Buffer.alloc(1 + i * 7, i));
    client.end(Buffer.concat(sent));
    const chunks: Buffer[] = [];
    do {
      await readable(socket);
      chunks.push(socket.recv(1 + ((chunks.length * 997) % 5000)));
    } while (chunks.at(-1)!.length > 0);
    assert.ok(Buffer.concat(chunks).equals(Buffer.concat(sent)));
  });

  it("sends text, small and large data, and says how much was taken", async (t) => {
    const [socket, client] = await connection(t);
    const received = receiveAll(client);
    const large = Buffer.alloc(16_000_000, "a pattern of bytes");
    const parts = [Buffer.from("grüße"), new Uint8Array([1, 2, 3]), large.subarray(5)];
    assert.equal(socket.send("grüße"), parts[0]!.length);
    assert.equal(socket.send(parts[1]!), 3);
    let pieces = 0;
    for (let rest = parts[2]!; rest.length > 0; pieces++) {
      await readable(socket, EVENT_WRITE);
      rest = rest.subarray(socket.send(rest));
    }
    assert.ok(pieces > 1, "the kernel has not taken all at once");
    socket.close();
    assert.ok((await received).equals(Buffer.concat(parts)));
  });

  it("throws EAGAIN when the kernel has no room left", async (t) => {
    const [socket] = await connection(t);
    const chunk = Buffer.alloc(100_000);
    const fill = () => {
      for (;;) socket.send(chunk);
    };
    assert.throws(fill, { code: "EAGAIN", syscall: "send", message: /select\(\)/ });
  });

  it("throws what the peer's reset means", async (t) => {
    const [socket, client] = await connection(t);
    client.resetAndDestroy();
    await readable(socket);
    assert.throws(() => socket.recv(), { code: "ECONNRESET", syscall: "recv" });
    assert.throws(() => socket.send("x"), { code: "EPIPE", syscall: "send" });
  });

  it("refuses to receive less than a byte", async (t) => {
    const [socket] = await connection(t);
    for (const maxBytes of [0, -1, Number.NaN]) {
      assert.throws(() => socket.recv(maxBytes), { code: "ERR_INVALID_ARG_VALUE" });
    }
  });

  it("is over once it is closed", async (t) => {
    const [socket, client] = await connection(t);
    socket[Symbol.dispose]();
    socket.close();
    assert.equal(socket.fd, -1);
    const calls = [() => socket.recv(), () => socket.send("x"), () => socket.accept(), () => socket.port];
    for (const call of calls) assert.throws(call, { code: "EBADF", message: /the socket is closed/ });
    assert.equal((await receiveAll(client)).length, 0);
  });
});
