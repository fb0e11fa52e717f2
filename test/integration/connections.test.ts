import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { it } from "node:test";
import {
  connect,
  listen,
  type Model,
  onSlowMessage,
  type Server,
  type Socket,
  spawn,
} from "../../src/index.ts";
import { settle } from "../support/coroutines.ts";
import { startPython } from "../support/programs.ts";
import { describeRuntimes, type Runtime } from "../support/runtimes.ts";
import {
  collectGarbage,
  openDescriptors,
  descriptorLimit as openFilesLimit,
  openSockets,
  runsCleanly,
  settled,
  usedMemory,
} from "../support/settling.ts";

// To locate the first slow message takes V8 nearly a megabyte, which stays on the heap that is measured here.
onSlowMessage(null);

const guard = { timeout: 180_000 };

/** Connections that the process and the model have room for, without taking turns. */
function room(runtime: Runtime): number {
  const threads: Partial<Record<Model, number>> = { blocking: 700, aio: 800 };
  // Threads of other models that ran before have descriptors, too.
  const limit = runtime.loop.descriptorLimit - openDescriptors() - 50;
  return Math.min(openFilesLimit() - 500, limit, threads[runtime.model] ?? Infinity);
}

/** Opens connections in waves; each says its number, checks the echo, and ends. Reports after every wave. */
const waves = `
import socket, sys
port, waves, size = map(int, sys.argv[1:])
for wave in range(waves):
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(size)]
    for i, s in enumerate(sockets):
        s.sendall(b"%d." % (wave * size + i))
    for i, s in enumerate(sockets):
        text = b""
        while not text.endswith(b"."):
            text += s.recv(100) or sys.exit("a connection ended too early")
        assert text == b"%d." % (wave * size + i), text
        s.shutdown(socket.SHUT_WR)
        assert s.recv(1) == b"", "more than was sent came back"
        s.close()
    print(wave, flush=True)
    sys.stdin.readline()
`;

/**
 * Holds connections open, all at once, which are opened in bursts on demand, if those have a size; then each says its number
 * and checks the echo, any number of rounds.
 */
const holding = `
import resource, socket, sys
port, count, burst = map(int, (*sys.argv[1:], sys.argv[2])[:3])
resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, count + 100))
sockets = []
while len(sockets) < count:
    if sockets:
        sys.stdin.readline()
    sockets += [socket.create_connection(("127.0.0.1", port)) for _ in range(min(burst, count - len(sockets)))]
    print("open", flush=True)
for line in sys.stdin:
    for i, s in enumerate(sockets):
        s.sendall(b"%d %s" % (i, line.encode()))
    for i, s in enumerate(sockets):
        text = b""
        while not text.endswith(b"\\n"):
            text += s.recv(100) or sys.exit("a connection ended too early")
        assert text == b"%d %s" % (i, line.encode()), text
    print("echoed", flush=True)
for s in sockets:
    s.close()
`;

function* echo(socket: Socket) {
  for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) yield* socket.write(chunk);
}

function* serve(server: Server) {
  for (;;) {
    const socket = yield* server.accept();
    yield* spawn(() => echo(socket));
  }
}

describeRuntimes((runtime) => {
  const isUsual = runtime.name === runtime.model;

  it("serves thousands of connections, one after the other, and keeps nothing of them", guard, async (t) => {
    const WAVES = isUsual ? 100 : 20;
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host: "127.0.0.1" });
      const serving = yield* spawn(() => serve(server));
      const peers = startPython(t, waves, server.port, WAVES, 100);
      const held = async () => {
        await settled(openDescriptors, 3);
        collectGarbage();
        const { inFlight, refs } = runtime.loop.statistics();
        return { sockets: openSockets(), inFlight, refs };
      };
      yield* settle(peers.line());
      const first = yield* settle(held());
      assert.equal(first.inFlight, 1, "the accept");
      // Once the caches have their sizes, nothing grows any more.
      for (let wave = 1; wave < WAVES / 2; wave++) {
        peers.send();
        yield* settle(peers.line());
      }
      const memory = yield* settle(usedMemory());
      const heap = process.memoryUsage().heapUsed;
      for (let wave = WAVES / 2; wave < WAVES; wave++) {
        peers.send();
        yield* settle(peers.line());
      }
      assert.deepEqual(yield* settle(held()), first);
      const grown = (yield* settle(usedMemory())) - memory;
      assert.ok(grown < 1024 * 1024, `buffers have grown by ${grown} bytes`);
      const heapGrown = process.memoryUsage().heapUsed - heap;
      assert.ok(heapGrown < 1024 * 1024, `the heap has grown by ${heapGrown} bytes`);
      const { code, stderr } = yield* settle(peers.end());
      assert.equal(code, 0, stderr);
      yield* serving.cancel();
      yield* server.close();
    });
  });

  it("holds thousands of connections open at once", guard, async (t) => {
    const COUNT = Math.min(isUsual ? 5000 : 1000, room(runtime));
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host: "127.0.0.1" });
      const serving = yield* spawn(() => serve(server));
      const before = openDescriptors();
      const peers = startPython(t, holding, server.port, COUNT);
      assert.equal(yield* settle(peers.line()), "open");
      for (const round of ["first", "second", "third"]) {
        peers.send(round);
        assert.equal(yield* settle(peers.line()), "echoed");
      }
      assert.ok(openDescriptors() - before >= COUNT);
      const inFlight = yield* settle(settled(() => runtime.loop.statistics().inFlight));
      const perConnection = inFlight / COUNT;
      assert.ok(perConnection <= 1.01, "a connection that waits has one request in flight");
      const { code, stderr } = yield* settle(peers.end());
      assert.equal(code, 0, stderr);
      yield* settle(settled(openDescriptors));
      yield* serving.cancel();
      yield* server.close();
    });
  });

  it("leaves connections that nobody accepts in the kernel, and serves them later", guard, async (t) => {
    // A model may take whatever comes while it is being told to stop, which is a burst at most.
    const BURST = 250;
    const COUNT = Math.min(3000, room(runtime));
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host: "127.0.0.1" });
      const before = openDescriptors();
      const peers = startPython(t, holding, server.port, COUNT, BURST);
      const first = yield* server.accept();
      yield* spawn(() => echo(first));
      let taken = 0;
      for (let open = BURST; ; open += BURST) {
        yield* settle(peers.line());
        taken = (yield* settle(settled(openDescriptors, 5))) - before;
        if (open >= COUNT) break;
        peers.send();
      }
      // 256 wait in the program.
      assert.ok(taken < Math.min(256 + BURST + 10, COUNT - 50), `the process has taken ${taken} of them`);
      peers.send("hello");
      const serving = yield* spawn(() => serve(server));
      const { code, stderr } = yield* settle(peers.end());
      assert.equal(code, 0, stderr);
      yield* settle(settled(openDescriptors));
      yield* serving.cancel();
      yield* server.close();
    });
  });

  it("closes thousands of connections at once", guard, async (t) => {
    const COUNT = Math.min(isUsual ? 8000 : 2000, room(runtime));
    await runsCleanly(runtime, function* () {
      const server = yield* listen({ host: "127.0.0.1" });
      let closed = 0;
      const serving = yield* spawn(function* () {
        for (;;) {
          const socket = yield* server.accept();
          yield* spawn(function* () {
            try {
              yield* echo(socket);
            } finally {
              yield* socket.close();
              closed++;
            }
          });
        }
      });
      const peers = startPython(t, holding, server.port, COUNT);
      assert.equal(yield* settle(peers.line()), "open");
      peers.send("hello");
      assert.equal(yield* settle(peers.line()), "echoed");
      yield* serving.cancel();
      assert.equal(closed, COUNT);
      yield* server.close();
      const { code, stderr } = yield* settle(peers.end());
      assert.equal(code, 0, stderr);
    });
  });

  it("makes every descriptor close on exec", guard, async () => {
    const flags = (fd: string) =>
      Number.parseInt(/flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))![1]!, 8);
    const listed = () =>
      new Set(readdirSync("/proc/self/fd").filter((fd) => existsSync(`/proc/self/fdinfo/${fd}`)));
    await runsCleanly(runtime, function* () {
      const before = listed();
      const server = yield* listen({ host: "127.0.0.1" });
      const client = yield* connect({ host: "127.0.0.1", port: server.port });
      const socket = yield* server.accept();
      const sockets = [...listed()].filter((fd) => !before.has(fd));
      assert.equal(sockets.length, 3);
      // The ring, the epoll and the eventfd have names; Node's own are among these, too.
      const anonymous = [...before].filter((fd) =>
        readlinkSync(`/proc/self/fd/${fd}`).startsWith("anon_inode:"),
      );
      for (const fd of [...sockets, ...anonymous]) {
        assert.notEqual(flags(fd) & 0o2000000, 0, `${fd}, ${readlinkSync(`/proc/self/fd/${fd}`)}`);
      }
      yield* client.close();
      yield* socket.close();
      yield* server.close();
    });
  });
});
