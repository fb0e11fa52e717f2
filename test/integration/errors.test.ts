import assert from "node:assert/strict";
import { lookup } from "node:dns/promises";
import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { connect, listen, type Operation } from "../../src/index.ts";
import { foreignServer } from "../support/foreigners.ts";
import { describeModels, type Runtime } from "../support/runtimes.ts";
import { leavesNothing } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const { errno } = constants;

/** A port on which nobody listens, and that the system gives to nobody. */
const unusedPort = 1;

describeModels((runtime: Runtime) => {
  const waitFor = <T>(operation: () => Operation<T>) => runtime.run(operation).promise;

  it("tells that a port is in use, as Node does", guard, async (t) => {
    const { port } = await foreignServer(t);
    await leavesNothing(runtime, () =>
      assert.rejects(
        waitFor(() => listen({ host: "127.0.0.1", port })),
        {
          code: "EADDRINUSE",
          errno: -errno.EADDRINUSE,
          syscall: "listen",
          address: "127.0.0.1",
          port,
          message: `listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
        },
      ),
    );
  });

  it("tells that a Unix path is in use, and leaves the other's file alone", guard, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "pentio-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const path = join(directory, "taken");
    await foreignServer(t, {}, { path });
    await leavesNothing(runtime, () =>
      assert.rejects(
        waitFor(() => listen({ path })),
        { code: "EADDRINUSE", errno: -errno.EADDRINUSE, syscall: "listen", path },
      ),
    );
    const socket = await waitFor(() => connect({ path }));
    await waitFor(() => socket.close());
  });

  it("tells that an address is not this machine's", guard, async () => {
    await leavesNothing(runtime, () =>
      assert.rejects(
        waitFor(() => listen({ host: "192.0.2.1", port: 0 })),
        { code: "EADDRNOTAVAIL", errno: -errno.EADDRNOTAVAIL, syscall: "listen", address: "192.0.2.1" },
      ),
    );
  });

  it("tells that a connection was refused, as Node does", guard, async () => {
    const port = unusedPort;
    await leavesNothing(runtime, () =>
      assert.rejects(
        waitFor(() => connect({ host: "127.0.0.1", port })),
        {
          code: "ECONNREFUSED",
          errno: -errno.ECONNREFUSED,
          syscall: "connect",
          address: "127.0.0.1",
          port,
          message: `connect ECONNREFUSED 127.0.0.1:${port}`,
        },
      ),
    );
  });

  it("tells that a connection over IPv6 was refused", guard, async () => {
    const port = unusedPort;
    await leavesNothing(runtime, () =>
      assert.rejects(
        waitFor(() => connect({ host: "::1", port })),
        { code: "ECONNREFUSED", syscall: "connect", address: "::1", port },
      ),
    );
  });

  it("tells that a Unix path does not exist", guard, async () => {
    const path = join(tmpdir(), "pentio-no-such-socket");
    await leavesNothing(runtime, () =>
      assert.rejects(
        waitFor(() => connect({ path })),
        { code: "ENOENT", errno: -errno.ENOENT, syscall: "connect", path },
      ),
    );
  });

  it("tells that a Unix path is no socket", guard, async (t) => {
    const path = mkdtempSync(join(tmpdir(), "pentio-"));
    t.after(() => rmSync(path, { recursive: true }));
    await assert.rejects(
      waitFor(() => connect({ path })),
      { code: "ECONNREFUSED", syscall: "connect", path },
    );
  });

  it("refuses a Unix path that is too long, with its length, and keeps nothing", guard, async () => {
    const path = join(tmpdir(), "x".repeat(108));
    for (const operation of [() => listen({ path }), () => connect({ path })]) {
      await leavesNothing(runtime, () =>
        assert.rejects(waitFor<unknown>(operation), (error: NodeJS.ErrnoException) => {
          assert.equal(error.code, "ERR_INVALID_ARG_VALUE");
          assert.match(error.message, /107 bytes.*113/);
          return true;
        }),
      );
    }
  });

  it("connects to localhost by name", guard, async (t) => {
    const { port, accept } = await foreignServer(t);
    await leavesNothing(runtime, async () => {
      const socket = await waitFor(() => connect({ host: "localhost", port }));
      (await accept()).resume().end("by name");
      assert.equal(String(await waitFor(() => socket.read())), "by name");
      assert.equal(await waitFor(() => socket.read()), null);
    });
  });

  // The label has 64 bytes, one more than DNS allows: the resolver gives up without asking the network.
  const unknown = `${"x".repeat(64)}.invalid`;

  it("tells that a name is unknown", guard, async () => {
    await leavesNothing(runtime, () =>
      assert.rejects(
        waitFor(() => connect({ host: unknown, port: 80 })),
        { code: "ENOTFOUND", syscall: "getaddrinfo", hostname: unknown },
      ),
    );
    await leavesNothing(runtime, () =>
      assert.rejects(
        waitFor(() => listen({ host: unknown })),
        { code: "ENOTFOUND", syscall: "getaddrinfo", hostname: unknown },
      ),
    );
  });

  it("gives up looking for a name, known or not, when the task is cancelled", guard, async (t) => {
    const { port } = await foreignServer(t);
    for (const host of ["localhost", unknown]) {
      await leavesNothing(runtime, async () => {
        const task = runtime.run(function* () {
          yield* connect({ host, port });
        });
        await waitFor(() => task.cancel());
        assert.equal(task.state, "cancelled");
        // The resolver's answer comes too late. A second question's answer comes later still.
        await lookup(host).catch(() => {});
      });
    }
  });

  it("refuses what is not a port, and keeps nothing", guard, async () => {
    for (const port of [-1, 65536, 1.5, Number.NaN, "80", null, {}] as number[]) {
      for (const operation of [() => listen({ port }), () => connect({ port, host: "127.0.0.1" })]) {
        await leavesNothing(runtime, () =>
          assert.rejects(waitFor<unknown>(operation), { name: "RangeError", code: "ERR_SOCKET_BAD_PORT" }),
        );
      }
    }
    await leavesNothing(runtime, () =>
      assert.rejects(
        waitFor(() => connect({})),
        { code: "ERR_SOCKET_BAD_PORT" },
      ),
    );
  });

  it("goes on after any number of errors", guard, async (t) => {
    const port = unusedPort;
    const foreign = await foreignServer(t);
    await leavesNothing(runtime, async () => {
      await runtime.run(function* () {
        let refused = 0;
        for (let i = 0; i < 500; i++) {
          try {
            yield* connect({ host: "127.0.0.1", port });
          } catch (error) {
            assert.equal((error as NodeJS.ErrnoException).code, "ECONNREFUSED");
            refused++;
          }
        }
        assert.equal(refused, 500);
        const socket = yield* connect({ host: "127.0.0.1", port: foreign.port });
        yield* socket.close();
      });
      (await foreign.accept()).destroy();
    });
  });
});
