import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync } from "node:fs";
import net from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { getSystemErrorMap } from "node:util";
import * as numbers from "../../../src/sys/errno.ts";
import { type ErrorPlace, errnoName, systemError } from "../../../src/sys/index.ts";

const v6Loopback = Object.values(networkInterfaces()).some((list) => list?.some((e) => e.address === "::1"));
const withIPv6 = { skip: v6Loopback ? false : "this machine has no IPv6 loopback address" };
const path = join(tmpdir(), `pentio-errno-${process.pid}.sock`);
after(() => rmSync(path, { force: true }));

interface Shape {
  code?: unknown;
  errno?: unknown;
  syscall?: unknown;
  address?: unknown;
  port?: unknown;
  message: string;
}

function shapeOf(error: Error): Shape {
  const { code, errno, syscall, address, port, message } = error as Error & Shape;
  return { code, errno, syscall, address, port, message };
}

async function connectError(options: net.NetConnectOpts): Promise<NodeJS.ErrnoException> {
  const [error] = await once(net.connect(options), "error").catch((error: unknown) => [error]);
  return error as NodeJS.ErrnoException;
}

/** A TCP port on which nobody listens. */
async function freePort(host: string): Promise<number> {
  const server = net.createServer().listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** The error of a second server on the same place. */
async function addressInUse(
  options: net.ListenOptions,
): Promise<{ error: NodeJS.ErrnoException; port: number }> {
  const first = net.createServer().listen(options);
  await once(first, "listening");
  const address = first.address() as net.AddressInfo | string;
  const port = typeof address === "string" ? -1 : address.port;
  const second = net
    .createServer()
    .listen(typeof address === "string" ? { path: address } : { ...options, port });
  const [error] = await once(second, "error").catch((error: unknown) => [error]);
  first.close();
  return { error: error as NodeJS.ErrnoException, port };
}

describe("systemError", () => {
  it("equals Node's error of a refused IPv4 connection", async () => {
    const port = await freePort("127.0.0.1");
    const theirs = await connectError({ host: "127.0.0.1", port });
    assert.equal(theirs.code, "ECONNREFUSED");
    const ours = systemError(theirs.errno!, "connect", { address: "127.0.0.1", port });
    assert.deepEqual(shapeOf(ours), shapeOf(theirs));
    assert.deepEqual(Object.keys(ours).sort(), Object.keys(theirs).sort());
  });

  it("equals Node's error of a refused IPv6 connection", withIPv6, async () => {
    const port = await freePort("::1");
    const theirs = await connectError({ host: "::1", port });
    assert.equal(theirs.code, "ECONNREFUSED");
    assert.deepEqual(
      shapeOf(systemError(theirs.errno!, "connect", { address: "::1", port })),
      shapeOf(theirs),
    );
  });

  it("equals Node's error of an IPv4 address in use", async () => {
    const { error: theirs, port } = await addressInUse({ host: "127.0.0.1", port: 0 });
    assert.equal(theirs.code, "EADDRINUSE");
    const ours = systemError(theirs.errno!, "listen", { address: "127.0.0.1", port });
    assert.deepEqual(shapeOf(ours), shapeOf(theirs));
  });

  it("equals Node's error of an IPv6 address in use", withIPv6, async () => {
    const { error: theirs, port } = await addressInUse({ host: "::1", port: 0 });
    assert.equal(theirs.code, "EADDRINUSE");
    assert.deepEqual(
      shapeOf(systemError(theirs.errno!, "listen", { address: "::1", port })),
      shapeOf(theirs),
    );
  });

  it("has the message, code and address of Node's error for a Unix socket that does not exist", async () => {
    const theirs = await connectError({ path });
    assert.equal(theirs.code, "ENOENT");
    assert.deepEqual(shapeOf(systemError(theirs.errno!, "connect", { path })), shapeOf(theirs));
  });

  it("has the message, code and address of Node's error for a Unix socket in use", async () => {
    const { error: theirs } = await addressInUse({ path });
    assert.equal(theirs.code, "EADDRINUSE");
    // Node says `port: -1`, which means nothing and is nobody's to rely on.
    assert.deepEqual(
      shapeOf(systemError(theirs.errno!, "listen", { path })),
      shapeOf(Object.assign(theirs, { port: undefined })),
    );
  });

  it("equals Node's error of a connection that was reset", async () => {
    const server = net.createServer((peer) => peer.once("data", () => peer.resetAndDestroy()));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const socket = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
    socket.write("reset me");
    const [theirs] = (await once(socket, "error").catch((error: unknown) => [error])) as [
      NodeJS.ErrnoException,
    ];
    server.close();
    assert.equal(theirs.code, "ECONNRESET");
    assert.deepEqual(shapeOf(systemError(theirs.errno!, "read")), shapeOf(theirs));
  });

  it("equals Node's error of writing to a peer that has gone", async () => {
    const server = net.createServer((peer) => peer.destroy()).listen(path);
    await once(server, "listening");
    const socket = net.connect({ path, allowHalfOpen: true }).resume();
    await once(socket, "end");
    socket.write("x");
    const [theirs] = (await once(socket, "error").catch((error: unknown) => [error])) as [
      NodeJS.ErrnoException,
    ];
    server.close();
    assert.equal(theirs.code, "EPIPE");
    assert.deepEqual(shapeOf(systemError(theirs.errno!, "write")), shapeOf(theirs));
  });

  it("knows the code of every error number of this system", () => {
    for (const [errno, [code]] of getSystemErrorMap()) {
      const error = systemError(errno, "recv");
      assert.equal(error.code, code);
      assert.equal(error.errno, errno);
      assert.equal(error.syscall, "recv");
      assert.ok(error.message.startsWith(`recv ${code}`), error.message);
      assert.equal(errnoName(errno), code);
    }
  });

  it("says what it can of a number that nobody knows", () => {
    const error = systemError(-numbers.EBADR, "io_uring_enter");
    assert.equal(error.errno, -53);
    assert.match(error.message, /^io_uring_enter /);
    assert.ok(error.message.includes("53") || error.code === "EBADR");
    assert.equal(errnoName(-4242), "errno 4242");
  });

  it("is an Error with a stack that begins at the caller's line", () => {
    const error = systemError(-numbers.ENOENT, "open", { path: "/x" });
    assert.ok(error instanceof Error);
    assert.match(error.stack!, /errno\.test/);
  });

  it("adds what the user can do about it at the end", () => {
    const place: ErrorPlace = { remedy: "try again" };
    assert.ok(systemError(-numbers.EMFILE, "listen", place).message.endsWith("(try again)"));
    assert.ok(!("remedy" in systemError(-numbers.EMFILE, "listen", place)));
  });

  it("has no property for what does not apply", () => {
    assert.deepEqual(Object.keys(systemError(-numbers.EPIPE, "write")).sort(), ["code", "errno", "syscall"]);
  });
});

describe("the error numbers", () => {
  it("are those of this system", () => {
    const byCode = new Map([...getSystemErrorMap()].map(([errno, [code]]) => [code, -errno]));
    let compared = 0;
    for (const [name, value] of Object.entries(numbers)) {
      if (typeof value !== "number" || name === "EBADR") continue;
      assert.equal(value, byCode.get(name) ?? value, name);
      assert.ok(Number.isInteger(value), name);
      compared++;
    }
    assert.ok(compared >= 20);
  });
});
