import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ACCEPT, CLOSE, CONNECT, RECEIVE, SEND } from "../../src/drivers/index.ts";
import { SOCK_CLOEXEC, SOCK_NONBLOCK, type SocketAddress } from "../../src/sys/index.ts";
import { runProgram } from "../support/programs.ts";
import { Noted, Rig } from "./rig.ts";
import {
  close,
  connection,
  connectSocket,
  connectTo,
  deadAddress,
  endSending,
  flagsOf,
  isSocket,
  listener,
  nameOf,
  openSocket,
  send,
  sockaddr,
  withDescriptorLimit,
} from "./sockets.ts";
import type { Variant } from "./variants.ts";

const EBADF = 9;
const EINVAL = 22;
const EMFILE = 24;
const ENOENT = 2;
const EISCONN = 106;
const ECONNREFUSED = 111;
const ECANCELED = 125;

let paths = 0;
function unixAddress(): SocketAddress {
  return { family: "Unix", path: `\0pentio-contract-${process.pid}-${paths++}` };
}

export function connecting(variant: Variant): void {
  describe("accepting", () => {
    it("gives connections one by one by one request", async (t) => {
      const rig = new Rig(t, variant);
      const server = listener(rig.driver.socketFlags);
      rig.own(server.fd);
      const accept = rig.start(ACCEPT, server.fd);
      for (let i = 0; i < 20; i++) {
        const client = rig.own(connectTo(server.address));
        await rig.until(() => accept.completions.length === i + 1, `connection ${i}`);
        const { result, data, more } = accept.last!;
        rig.own(result);
        assert.deepEqual({ data, more }, { data: null, more: true });
        assert.ok(isSocket(result));
        send(client, `I am ${i}`);
        const received = rig.start(RECEIVE, result);
        await rig.until(() => received.bytes.toString() === `I am ${i}`, "its message");
      }
    });

    it("gives many that wait, each once", async (t) => {
      const rig = new Rig(t, variant);
      const server = listener(rig.driver.socketFlags);
      rig.own(server.fd);
      const clients = Array.from({ length: 300 }, () => rig.own(connectTo(server.address)));
      const accept = rig.start(ACCEPT, server.fd);
      await rig.until(() => accept.completions.length === 300, "all connections");
      const peers = accept.results.map((fd) => {
        rig.own(fd);
        const name = nameOf(fd);
        assert.ok(name.family === "IPv4");
        return fd;
      });
      assert.equal(new Set(peers).size, 300);
      assert.equal(clients.length, 300);
      assert.ok(accept.request.inFlight);
    });

    it("makes descriptors that programs it starts do not inherit, and as the driver wants its sockets", async (t) => {
      const rig = new Rig(t, variant);
      const server = listener(rig.driver.socketFlags);
      rig.own(server.fd);
      rig.own(connectTo(server.address));
      const accept = rig.start(ACCEPT, server.fd);
      await rig.until(() => accept.completions.length === 1, "the connection");
      const flags = flagsOf(rig.own(accept.last!.result));
      assert.equal(flags & SOCK_CLOEXEC, SOCK_CLOEXEC);
      assert.equal(flags & SOCK_NONBLOCK, rig.driver.socketFlags & SOCK_NONBLOCK);
    });

    it("leaves connections that come after its cancellation to the next request", async (t) => {
      const rig = new Rig(t, variant);
      const server = listener(rig.driver.socketFlags);
      rig.own(server.fd);
      const accept = rig.start(ACCEPT, server.fd);
      let clients = 0;
      for (let round = 0; round < 50; round++) {
        rig.own(connectTo(server.address));
        clients++;
        if (round % 3 !== 0) rig.turn();
        rig.cancel(accept);
        await rig.until(() => accept.ended && !accept.request.inFlight, "the end");
        assert.equal(accept.last!.result, -ECANCELED);
        rig.own(connectTo(server.address));
        clients++;
        rig.submit(accept);
      }
      const accepted = () => accept.results.filter((result) => result >= 0);
      await rig.until(() => accepted().length === clients, "all connections");
      for (const fd of accepted()) rig.own(fd);
      assert.equal(accept.finals.length, 50);
    });

    const skip = variant.model === "signal" && "a socket's signals go to one driver";
    it("that is cancelled when its turn has come leaves no connection waiting while another driver accepts", {
      skip,
    }, async (t) => {
      const one = new Rig(t, variant);
      const other = new Rig(t, variant);
      const server = listener(one.driver.socketFlags);
      one.own(server.fd);
      const [cancelled, waiting] = [one, other].map((rig) => {
        const accept = new Noted(ACCEPT, server.fd);
        accept.request.isShared = true;
        rig.submit(accept);
        // In the queue of those who wait before the next one joins it.
        rig.settle();
        return accept;
      }) as [Noted, Noted];
      const connections = () =>
        [cancelled, waiting].flatMap(({ results }) => results.filter((result) => result >= 0));
      for (let i = 1; i <= 3; i++) {
        one.own(connectTo(server.address));
        one.cancel(cancelled);
        await one.until(() => cancelled.finals.length === i, "the end of the cancelled one");
        await other.until(() => connections().length === i, "somebody has the connection");
        one.submit(cancelled);
        one.settle();
      }
      for (const socket of connections()) one.own(socket);
    });

    it("on a socket that does not listen is an error, and harms no other listener", async (t) => {
      const rig = new Rig(t, variant);
      const server = listener(rig.driver.socketFlags);
      rig.own(server.fd);
      const good = rig.start(ACCEPT, server.fd);
      for (const [fd, error] of [
        [rig.own(openSocket(undefined, rig.driver.socketFlags)), EINVAL],
        [-1, EBADF],
      ] as const) {
        const bad = rig.start(ACCEPT, fd);
        await rig.until(() => bad.ended, "the error");
        assert.deepEqual(bad.completions, [{ result: -error, data: null, more: false }]);
      }
      for (let i = 0; i < 5; i++) rig.own(connectTo(server.address));
      await rig.until(() => good.completions.length === 5, "connections");
      for (const fd of good.results) rig.own(fd);
    });

    it("ends when the process has no descriptor left, and the connection waits for the next request", async (t) => {
      const rig = new Rig(t, variant);
      const server = listener(rig.driver.socketFlags);
      rig.own(server.fd);
      const accept = new Noted(ACCEPT, server.fd);
      // A thread needs descriptors to start; io_uring looks at the limit when it is asked.
      if (rig.threaded) {
        rig.submit(accept);
        rig.own(connectTo(server.address));
        await rig.until(() => accept.completions.length === 1, "a first connection");
        rig.settle();
      }
      const clients = [rig.own(openSocket()), rig.own(openSocket())];
      const lowest = openSocket();
      close(lowest);
      withDescriptorLimit(lowest, () => {
        if (!rig.threaded) rig.submit(accept);
        for (const client of clients) connectSocket(client, server.address);
        rig.spin(() => accept.ended, "the error");
      });
      assert.equal(accept.last!.result, -EMFILE);
      rig.submit(accept);
      const connections = () => accept.results.filter((fd) => fd >= 0);
      await rig.until(() => connections().length === (rig.threaded ? 3 : 2), "the connections");
      for (const fd of connections()) assert.ok(isSocket(rig.own(fd)));
    });
  });

  describe("connecting", () => {
    it("reaches a server, which then hears and is heard", async (t) => {
      const rig = new Rig(t, variant);
      const server = net.createServer((peer) => peer.pipe(peer)).listen(0, "127.0.0.1");
      t.after(() => server.close());
      await once(server, "listening");
      const { port } = server.address() as net.AddressInfo;
      const address: SocketAddress = { family: "IPv4", address: "127.0.0.1", port };
      const fd = rig.own(openSocket(address, rig.driver.socketFlags));
      const connected = rig.start(CONNECT, fd, sockaddr(address));
      await rig.until(() => connected.ended, "the connection");
      assert.deepEqual(connected.completions, [{ result: 0, data: null, more: false }]);
      const received = rig.start(RECEIVE, fd);
      rig.start(SEND, fd, Buffer.from("echo?"));
      await rig.until(() => received.bytes.toString() === "echo?", "the echo");
      endSending(fd);
      await rig.until(() => received.ended, "the end");
    });

    it("reaches a Unix server", async (t) => {
      const rig = new Rig(t, variant);
      const server = listener(0, unixAddress());
      rig.own(server.fd);
      const fd = rig.own(openSocket(server.address, rig.driver.socketFlags));
      const connected = rig.start(CONNECT, fd, sockaddr(server.address));
      await rig.until(() => connected.ended, "the connection");
      assert.deepEqual(connected.results, [0]);
    });

    it("tells of a refusal", async (t) => {
      const rig = new Rig(t, variant);
      const nowhere: SocketAddress = { family: "Unix", path: join(tmpdir(), "pentio-no-such-socket") };
      for (const [address, error] of [
        [deadAddress(), ECONNREFUSED],
        [unixAddress(), ECONNREFUSED],
        [nowhere, ENOENT],
      ] as const) {
        const fd = rig.own(openSocket(address, rig.driver.socketFlags));
        const connected = rig.start(CONNECT, fd, sockaddr(address));
        await rig.until(() => connected.ended, "the refusal");
        assert.deepEqual(connected.completions, [{ result: -error, data: null, more: false }]);
      }
    });

    it("tells what a descriptor is not", async (t) => {
      const rig = new Rig(t, variant);
      const server = listener(0);
      rig.own(server.fd);
      const [ours] = rig.own(connection(rig.driver.socketFlags));
      for (const [fd, error] of [
        [ours, EISCONN],
        [-1, EBADF],
      ] as const) {
        const connected = rig.start(CONNECT, fd, sockaddr(server.address));
        await rig.until(() => connected.ended, "the error");
        assert.deepEqual(connected.results, [-error]);
      }
    });

    it("that waits can be cancelled", async (t) => {
      const rig = new Rig(t, variant);
      const address = fullServer(rig);
      const fd = rig.own(openSocket(address, rig.driver.socketFlags));
      const connected = rig.start(CONNECT, fd, sockaddr(address));
      rig.settle();
      assert.equal(connected.ended, false, "the server's queue is full");
      rig.cancel(connected);
      rig.cancel(connected);
      await rig.until(() => connected.ended, "the end");
      assert.deepEqual(connected.results, [-ECANCELED]);
      assert.equal(connected.request.inFlight, false);
    });

    it("to a Unix server whose queue is full says so, as Node does, and keeps no processor busy", async () => {
      // In a process of its own, for it may never come back.
      const { code, signal, stderr, lines } = await runProgram(`
        import { CONNECT, PENDING, Request } from "$src/drivers/index.js";
        import * as sockets from ${JSON.stringify(new URL("./sockets.js", import.meta.url).href)};
        import { variants } from ${JSON.stringify(new URL("./variants.js", import.meta.url).href)};
        const driver = variants.find(({ name }) => name === ${JSON.stringify(variant.name)}).make();
        const server = sockets.listener(0, { family: "Unix", path: "\\0pentio-full-" + process.pid }, 0);
        sockets.connectTo(server.address);
        const fd = sockets.openSocket(server.address, driver.socketFlags);
        const told = [];
        const request = new Request(CONNECT, fd, { complete: (_, result) => told.push(result) });
        request.data = sockets.sockaddr(server.address);
        const result = driver.submit(request);
        if (result !== PENDING) told.push(result);
        for (const end = Date.now() + 20_000; told.length === 0 && Date.now() < end; ) {
          driver.flush();
          driver.reap().deliver();
        }
        console.log(JSON.stringify({ told, rests: driver.rest() }));
        process.exit();
      `);
      assert.deepEqual(
        { code, signal, stderr, lines },
        { code: 0, signal: null, stderr: "", lines: ['{"told":[-11],"rests":true}'] },
      );
    });

    it("connects two hundred sockets at once", async (t) => {
      const rig = new Rig(t, variant);
      const server = listener(rig.driver.socketFlags);
      rig.own(server.fd);
      const accept = rig.start(ACCEPT, server.fd);
      const all = Array.from({ length: 200 }, () =>
        rig.start(CONNECT, rig.own(openSocket(undefined, rig.driver.socketFlags)), sockaddr(server.address)),
      );
      await rig.until(() => all.every(({ ended }) => ended) && accept.completions.length === 200, "all");
      for (const fd of accept.results) rig.own(fd);
      assert.ok(all.every(({ last }) => last!.result === 0));
    });
  });

  describe("closing a descriptor", () => {
    it("gives it back", async (t) => {
      const rig = new Rig(t, variant);
      const fd = openSocket(undefined, rig.driver.socketFlags);
      const closed = rig.start(CLOSE, fd);
      await rig.until(() => closed.ended, "the end");
      assert.deepEqual(closed.completions, [{ result: 0, data: null, more: false }]);
      assert.equal(isSocket(fd), false);
    });

    it("that is none is an error", async (t) => {
      const rig = new Rig(t, variant);
      const fd = openSocket();
      close(fd);
      const closed = rig.start(CLOSE, fd);
      await rig.until(() => closed.ended, "the end");
      assert.deepEqual(closed.results, [-EBADF]);
    });

    it("ends the connection for the peer", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      const received = rig.start(RECEIVE, ours);
      rig.start(CLOSE, rig.release(peer));
      await rig.until(() => received.ended, "the end");
      assert.deepEqual(received.results, [0]);
    });

    it("leaves nothing behind for the next one with its number", async (t) => {
      const rig = new Rig(t, variant);
      const numbers = new Set<number>();
      for (let i = 0; i < 200; i++) {
        const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
        numbers.add(ours);
        const receive = rig.start(RECEIVE, ours);
        if (i % 2 === 0) {
          // So that a send has to wait, too, and is cancelled.
          const sent = new Noted(SEND, ours, Buffer.alloc(4_000_000));
          rig.submit(sent);
          rig.turn();
          rig.cancel(sent);
          await rig.until(() => !sent.request.inFlight && sent.ended, "the end of sending");
        }
        if (i % 3 === 0) send(peer, "unread");
        if (i % 5 !== 0) rig.turn();
        rig.cancel(receive);
        await rig.until(() => receive.ended, "the end of receiving");
        const closed = rig.start(CLOSE, rig.release(ours));
        await rig.until(() => closed.ended, "the closing");
        close(rig.release(peer));

        const [again, newPeer] = rig.own(connection(rig.driver.socketFlags));
        numbers.add(again);
        const fresh = rig.start(RECEIVE, again);
        rig.settle();
        assert.deepEqual(fresh.completions, []);
        send(newPeer, `only this ${i}`);
        await rig.until(() => fresh.completions.length > 0, "the message");
        assert.equal(fresh.bytes.toString(), `only this ${i}`);
        rig.cancel(fresh);
        await rig.until(() => fresh.ended, "the end");
        for (const fd of [again, newPeer]) close(rig.release(fd));
      }
      assert.ok(numbers.size < 100, "numbers were used again");
    });
  });
}

/** The address of a server at which a further connection does not get through. */
function fullServer(rig: Rig): SocketAddress {
  const server = listener(0, undefined, 0);
  rig.own(server.fd);
  for (let i = 0; i < 4; i++) rig.own(connectTo(server.address));
  return server.address;
}
