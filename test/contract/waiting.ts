import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { describe, it, type TestContext } from "node:test";
import { ACCEPT, CLOSE, CONNECT, RECEIVE, SEND } from "../../src/drivers/index.ts";
import { runProgram } from "../support/programs.ts";
import { descriptorNumbers } from "../support/settling.ts";
import { Noted, Rig } from "./rig.ts";
import {
  close,
  connection,
  connectTo,
  deadAddress,
  endSending,
  listener,
  openSocket,
  pair,
  receiveAll,
  send,
  sockaddr,
  withDescriptorLimit,
} from "./sockets.ts";
import type { Variant } from "./variants.ts";

export function waiting(variant: Variant): void {
  for (const edges of [true, false]) waitingFor(variant, edges);
  others(variant);
}

function waitingFor(variant: Variant, edges: boolean): void {
  const make = (t: TestContext) => {
    const rig = new Rig(t, variant, edges);
    if (!edges || rig.driver.wakesOnEdges) return rig;
    t.skip("this driver does not promise edges");
    return undefined;
  };
  describe(`waiting for ${edges ? "edges of " : ""}the descriptor`, () => {
    it("is allowed when there is nothing to do, and the descriptor is quiet then", (t) => {
      const rig = make(t);
      if (!rig) return;
      assert.equal(rig.driver.rest(), true);
      assert.equal(rig.readable(), false);
      rig.wake(false);
    });

    it("is not allowed while there are completions that were not told of", (t) => {
      const rig = make(t);
      if (!rig) return;
      const refused = rig.start(RECEIVE, -1);
      rig.driver.flush();
      for (const end = Date.now() + 20_000; rig.driver.rest() && Date.now() < end; ) rig.wake(false);
      assert.equal(rig.driver.rest(), false);
      assert.equal(rig.driver.rest(), false);
      rig.turn();
      assert.ok(refused.ended);
      assert.equal(rig.driver.rest(), true);
      rig.wake(false);
    });

    it("is never in vain: what happens before or after it is allowed makes the descriptor readable", async (t) => {
      const rig = make(t);
      if (!rig) return;
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      const receive = rig.start(RECEIVE, ours);
      rig.settle();
      for (let i = 0; i < 500; i++) {
        const before = receive.completions.length;
        const early = i % 2 === 0;
        if (early) send(peer, "early");
        let rests = rig.driver.rest();
        while (!early && !rests) {
          rig.turn();
          rests = rig.driver.rest();
        }
        if (!early) send(peer, "late");
        // A bell that a thread has rung late wakes for nothing; then the driver rests again, and is woken again.
        const end = Date.now() + 20_000;
        for (let wakes = 0; receive.completions.length === before && Date.now() < end; ) {
          if (rests) {
            assert.ok(++wakes <= 5 && rig.readable(5000), `${early ? "early" : "late"} message ${i} wakes`);
            rig.wake(true);
          }
          rig.turn();
          rests = receive.completions.length === before && rig.driver.rest();
        }
        assert.equal(receive.completions.length, before + 1);
        // Every other time the next one comes before the driver has settled.
        if (i % 4 < 2) rig.settle();
      }
    });

    it("ends for every kind of request", async (t) => {
      const rig = make(t);
      if (!rig) return;
      const server = listener(rig.driver.socketFlags);
      rig.own(server.fd);
      const accept = rig.start(ACCEPT, server.fd);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      const receive = rig.start(RECEIVE, ours);
      const [full, drain] = rig.own(pair(rig.driver.socketFlags));
      const sent = rig.start(SEND, full, Buffer.alloc(2_000_000));
      rig.settle();
      while (!sent.request.inFlight) {
        rig.submit(sent, Buffer.alloc(2_000_000));
        rig.settle();
      }
      const count = sent.completions.length;
      const happenings: [string, () => void, () => boolean][] = [
        ["a connection", () => rig.own(connectTo(server.address)), () => accept.completions.length === 1],
        ["a message", () => send(peer, "hello"), () => receive.completions.length === 1],
        ["room to send", () => drainFor(rig, drain), () => sent.completions.length > count || !sent.ended],
        ["an end", () => endSending(peer), () => receive.ended],
      ];
      for (const [what, make, done] of happenings) {
        rig.settle();
        assert.ok(rig.driver.rest());
        make();
        assert.ok(rig.readable(5000), `${what} wakes`);
        rig.wake(true);
        await rig.until(done, what);
      }
      for (const fd of accept.results) rig.own(fd);
    });

    it("goes on quietly after everything was told of", async (t) => {
      const rig = make(t);
      if (!rig) return;
      // Few enough for a thread each: those that share threads have turns, and are never quiet.
      const connections = Array.from({ length: 10 }, () => rig.own(connection(rig.driver.socketFlags)));
      const receives = connections.map(([ours]) => rig.start(RECEIVE, ours!));
      for (let i = 0; i < 20; i++) {
        for (const [, peer] of connections) send(peer!, "x");
        await rig.until(
          () => receives.every(({ completions }) => completions.length === i + 1),
          "all messages",
        );
        rig.settle();
        assert.ok(rig.driver.rest());
        assert.ok(variant.retries || rig.staysQuiet(10), "an idle driver wakes nobody");
        rig.wake(false);
      }
    });

    it("loses nothing when the loop is woken by something else", async (t) => {
      const rig = make(t);
      if (!rig) return;
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      const receive = rig.start(RECEIVE, ours);
      rig.settle();
      for (let i = 0; i < 100; i++) {
        rig.settle();
        assert.ok(rig.driver.rest());
        if (i % 2 === 0) send(peer, "x");
        // A timer, say: nobody has looked at the descriptor.
        rig.wake(false);
        if (i % 2 === 1) send(peer, "x");
        await rig.until(() => receive.completions.length === i + 1, "the message");
      }
    });
  });
}

function others(variant: Variant): void {
  describe("the statistics", () => {
    it("add up", async (t) => {
      const rig = new Rig(t, variant);
      const count = () => rig.driver.statistics();
      assert.deepEqual(
        { ...count(), systemCalls: 0 },
        { inFlight: 0, submitted: 0, completed: 0, systemCalls: 0 },
      );
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      const receive = rig.start(RECEIVE, ours);
      assert.equal(count().inFlight, 1);
      for (let i = 0; i < 10; i++) {
        send(peer, "x");
        await rig.until(() => receive.completions.length === i + 1, "a message");
      }
      assert.equal(count().inFlight, 1);
      assert.ok(count().systemCalls > 0);
      const refused = rig.start(
        CONNECT,
        rig.own(openSocket(undefined, rig.driver.socketFlags)),
        sockaddr(deadAddress()),
      );
      await rig.until(() => refused.ended, "the refusal");
      rig.cancel(receive);
      await rig.until(() => receive.ended, "the end");
      const { inFlight, submitted, completed } = count();
      assert.deepEqual(
        { inFlight, submitted, completed },
        { inFlight: 0, submitted: 2, completed: rig.completed },
      );
    });

    it("add up when receive buffers run out", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      const receive = rig.start(RECEIVE, ours);
      const block = Buffer.alloc(1_000_000);
      let sent = 0;
      while (sent < 20_000_000) {
        sent += send(peer, block);
        rig.turn();
      }
      await rig.until(() => receive.byteCount === sent, "all bytes");
      assert.equal(rig.driver.statistics().completed, rig.completed);
    });
  });

  describe("closing the driver", () => {
    const modules = {
      sockets: new URL("./sockets.js", import.meta.url).href,
      variants: new URL("./variants.js", import.meta.url).href,
    };
    /** Closes a driver in a process of its own, for it may never come back. */
    const closes = async (scenario: string) => {
      const { code, signal, stderr, lines } = await runProgram(
        `
        import { readdirSync } from "node:fs";
        import { setTimeout as delay } from "node:timers/promises";
        import { ACCEPT, CALL, CLOSE, CONNECT, RECEIVE, Request, SEND } from "$src/drivers/index.js";
        import { AT_FDCWD, addressOf, SYS_openat } from "$src/sys/index.js";
        import * as sockets from ${JSON.stringify(modules.sockets)};
        import { variants } from ${JSON.stringify(modules.variants)};
        const variant = variants.find(({ name }) => name === ${JSON.stringify(variant.name)});
        const descriptors = () => readdirSync("/proc/self/fd").length;
        const driver = variant.make();
        const told = [];
        const start = (kind, fd, data = null) => {
          const request = new Request(kind, fd, { complete: (request, result) => told.push(result) });
          request.data = data;
          driver.submit(request);
          return request;
        };
        const turn = () => { driver.flush(); driver.reap().deliver(); };
        const turnUntil = (done) => {
          for (const end = Date.now() + 20_000; !done() && Date.now() < end; ) turn();
        };
        const { socketFlags } = driver;
        ${scenario}
      `,
        { env: { NODE_NO_WARNINGS: "1" } },
      );
      assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
      return lines.join("\n");
    };

    it("gives its descriptors back", async () => {
      variant.make().close();
      const before = descriptorNumbers();
      for (let i = 0; i < 20; i++) variant.make().close();
      assert.deepEqual(newDescriptors(before), []);
    });

    it("that could not be made for want of descriptors leaves none behind", async () => {
      variant.make().close();
      const before = descriptorNumbers();
      let failures = 0;
      for (let room = 0; room < 4; room++) {
        const probe = openSocket();
        close(probe);
        let driver: ReturnType<Variant["make"]> | undefined;
        withDescriptorLimit(probe + room, () => {
          try {
            driver = variant.make();
          } catch (error) {
            assert.equal((error as NodeJS.ErrnoException).code, "EMFILE");
            failures++;
          }
        });
        driver?.close();
        assert.deepEqual(newDescriptors(before), [], `with room for ${room}`);
      }
      assert.equal(failures > 0, variant.descriptors > 0);
    });

    it("gives its descriptors back with every kind of request in flight", async () => {
      const stdout = await closes(`
        const server = sockets.listener(socketFlags);
        const full = sockets.listener(0, undefined, 0);
        for (let i = 0; i < 4; i++) sockets.connectTo(full.address);
        const [ours] = sockets.connection(socketFlags);
        const [sender] = sockets.connection(socketFlags);
        const connecting = sockets.openSocket(undefined, socketFlags);
        const before = descriptors() - ${variant.descriptors};
        const requests = [
          start(ACCEPT, server.fd),
          start(RECEIVE, ours),
          start(SEND, sender, Buffer.alloc(30_000_000)),
          start(CONNECT, connecting, sockets.sockaddr(full.address)),
        ];
        turn();
        const toldBefore = told.length;
        driver.close();
        await delay(10);
        // The driver's own are gone, the program's are not.
        for (let i = 0; i < 500 && descriptors() !== before; i++) await delay(10);
        console.log(descriptors() === before, told.length === toldBefore);
      `);
      assert.equal(stdout, "true true");
    });

    it("does not hang with requests that were not handed to the kernel yet", async () => {
      const stdout = await closes(`
        const [ours] = sockets.connection(socketFlags);
        start(RECEIVE, ours);
        driver.close();
        console.log("closed");
      `);
      assert.equal(stdout, "closed");
    });

    it("does not hang with requests that have just received something", async () => {
      const stdout = await closes(`
        const [ours, peer] = sockets.connection(socketFlags);
        const server = sockets.listener(socketFlags);
        start(RECEIVE, ours);
        start(ACCEPT, server.fd);
        turn();
        sockets.send(peer, "hello");
        sockets.connectTo(server.address);
        turnUntil(() => told.length === 2);
        driver.close();
        console.log(told.length);
      `);
      assert.equal(stdout, "2");
    });

    for (const [what, begin, end] of [
      [
        "connections",
        `const server = sockets.listener(socketFlags);
        before++;
        start(ACCEPT, server.fd).isShared = true;
        turn();
        const client = sockets.connectTo(server.address);`,
        "sockets.close(client);",
      ],
      [
        "files",
        `const path = Buffer.from("/dev/null\\0");
        const request = new Request(CALL, -1, { complete: (request, result) => told.push(result) });
        request.call = { number: SYS_openat, args: [AT_FDCWD, addressOf(path), 0, 0], memory: path };
        driver.submit(request);
        driver.flush();`,
        "",
      ],
    ]) {
      // A thread needs time to begin, and to come to its end.
      for (const [when, wait] of [
        ["at once", ""],
        ["when they were there", "await delay(300);"],
        ["when they were reaped", "await delay(300); driver.flush(); driver.reap();"],
      ]) {
        it(`closes ${what} that nobody was told of, ${when}`, async () => {
          const stdout = await closes(`
            let before = descriptors() - ${variant.descriptors};
            ${begin}
            ${wait}
            driver.close();
            ${end}
            for (let i = 0; i < 500 && descriptors() !== before; i++) await delay(10);
            console.log(told.length, descriptors() - before);
          `);
          assert.equal(stdout, "0 0");
        });
      }
    }

    it("does not hang when something arrives meanwhile", async () => {
      const stdout = await closes(`
        const [ours, peer] = sockets.connection(socketFlags);
        start(RECEIVE, ours);
        turn();
        sockets.send(peer, "hello");
        driver.close();
        console.log("closed");
      `);
      assert.equal(stdout, "closed");
    });

    it("does not hang with receives that have run out of buffers", async () => {
      const stdout = await closes(`
        const connections = Array.from({ length: 50 }, () => sockets.connection(socketFlags));
        for (const [ours] of connections) start(RECEIVE, ours);
        turn();
        const block = Buffer.alloc(1_000_000);
        for (const [, peer] of connections) sockets.send(peer, block);
        for (const [, peer] of connections) sockets.send(peer, block);
        driver.flush();
        driver.reap();
        driver.close();
        console.log("closed");
      `);
      assert.equal(stdout, "closed");
    });

    it("lets what was received live on", async () => {
      const stdout = await closes(
        `
        const [ours, peer] = sockets.connection(socketFlags);
        const chunks = [];
        const request = new Request(RECEIVE, ours, { complete: (_, result, data) => data && chunks.push(data) });
        driver.submit(request);
        for (let i = 0; i < 100; i++) {
          sockets.send(peer, "message " + i + ";");
          turnUntil(() => chunks.length > i);
        }
        driver.cancel(request);
        turn();
        turn();
        driver.close();
        for (let i = 0; i < 3; i++) { gc(); new Uint8Array(1e7).fill(1); await delay(1); }
        const text = Buffer.concat(chunks).toString();
        console.log(text === Array.from({ length: 100 }, (_, i) => "message " + i + ";").join(""));
      `.replaceAll("gc()", "globalThis.gc?.()"),
      );
      assert.equal(stdout, "true");
    });
  });

  describe("peers of node:net", () => {
    it("hear and are heard by many connections at once", async (t) => {
      const rig = new Rig(t, variant);
      const server = listener(rig.driver.socketFlags);
      rig.own(server.fd);
      const accept = rig.start(ACCEPT, server.fd);
      const { port } = server.address as { port: number };
      accept.onCompletion = ({ result: fd }) => {
        if (fd < 0) return;
        const receive = rig.start(RECEIVE, fd);
        const sends: Noted[] = [];
        const closeWhenIdle = () => {
          if (receive.ended && sends.every(({ ended }) => ended)) rig.start(CLOSE, fd);
        };
        receive.onCompletion = ({ data, result }) => {
          if (data) {
            const send = new Noted(SEND, fd);
            send.onCompletion = closeWhenIdle;
            sends.push(send);
            rig.submit(send, data);
            return;
          }
          assert.equal(result, 0);
          closeWhenIdle();
        };
      };
      const answers = Array.from({ length: 50 }, (_, i) => {
        const socket = net.connect(port, "127.0.0.1").setEncoding("utf8");
        socket.end(`I am ${i}`);
        let text = "";
        socket.on("data", (chunk) => {
          text += chunk;
        });
        return once(socket, "close").then(() => text);
      });
      let all: string[] | undefined;
      Promise.all(answers).then((texts) => {
        all = texts;
      });
      await rig.until(() => all !== undefined, "all answers");
      assert.deepEqual(
        all,
        Array.from({ length: 50 }, (_, i) => `I am ${i}`),
      );
    });
  });
}

/** Those that have come since; threads of tests before may still be closing theirs. */
function newDescriptors(before: readonly string[]): string[] {
  return descriptorNumbers().filter((fd) => !before.includes(fd));
}

/** Takes what has arrived, and what a thread that sends puts behind it. */
function drainFor(rig: Rig, fd: number): void {
  for (let i = 0; i < (rig.threaded ? 1000 : 1); i++) {
    receiveAll(fd);
    rig.pause();
  }
}
