import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { bind } from "../../../src/sys/ffi.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  addressOf,
  decodeSocketAddress,
  encodeSocketAddress,
  familyNumber,
  parseIp,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SOCKADDR_BYTES,
  type SocketAddress,
  syscalls,
} from "../../../src/sys/index.ts";
import { Random, seeds } from "../support/random.ts";

const inet_pton = bind<(family: number, text: number, into: number) => number>("inet_pton", "i32", [
  "i32",
  "pointer",
  "pointer",
]);

/** What the C library makes of an address's text. */
function bytesOfLibc(family: number, text: string): Buffer {
  const into = Buffer.allocUnsafeSlow(family === AF_INET ? 4 : 16);
  const name = Buffer.allocUnsafeSlow(64).fill(0);
  name.write(text);
  assert.equal(inet_pton(family, addressOf(name), addressOf(into)), 1, `inet_pton knows ${text}`);
  return into;
}

function encode(address: SocketAddress): Buffer {
  const bytes = Buffer.allocUnsafeSlow(SOCKADDR_BYTES).fill(0xaa);
  return bytes.subarray(0, encodeSocketAddress(address, bytes));
}

function roundTrip(address: SocketAddress): SocketAddress {
  const bytes = encode(address);
  return decodeSocketAddress(bytes, bytes.length);
}

/** The kernel's own bytes for a descriptor's name. */
function getsockname(fd: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(SOCKADDR_BYTES).fill(0xaa);
  const length = new Uint32Array(Buffer.allocUnsafeSlow(4).buffer);
  length[0] = SOCKADDR_BYTES;
  assert.equal(syscalls.getsockname(fd, addressOf(bytes), addressOf(length)), 0);
  return bytes.subarray(0, length[0]);
}

function descriptorOf(server: net.Server): number {
  return (server as unknown as { _handle: { fd: number } })._handle.fd;
}

async function listening(where: net.ListenOptions): Promise<net.Server> {
  const server = net.createServer((peer) => peer.on("error", () => {}).end()).listen(where);
  await once(server, "listening");
  return server;
}

/** Binds a descriptor of ours to the address and returns the kernel's bytes of its name. */
function bindAndAsk(address: SocketAddress): { fd: number; name: Buffer } {
  const fd = syscalls.socket(familyNumber(address), SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bytes = encode(address);
  assert.equal(syscalls.bindAddress(fd, addressOf(bytes), bytes.length), 0);
  return { fd, name: getsockname(fd) };
}

const files: string[] = [];
function temporaryPath(lengthBytes: number): string {
  const start = join(tmpdir(), `pentio-${process.pid}-${files.length}-`);
  const path = start + "x".repeat(lengthBytes - start.length);
  files.push(path);
  return path;
}
after(() => {
  for (const path of files) rmSync(path, { force: true });
});

const v6Loopback = Object.values(networkInterfaces()).some((list) => list?.some((e) => e.address === "::1"));
const withIPv6 = { skip: v6Loopback ? false : "this machine has no IPv6 loopback address" };

describe("an IPv4 socket address", () => {
  it("has the bytes of struct sockaddr_in", () => {
    const bytes = encode({ family: "IPv4", address: "192.0.2.33", port: 0x1234 });
    assert.equal(bytes.toString("hex"), "02001234c0000221".padEnd(32, "0"));
  });

  it("has the bytes that the C library gives", () => {
    for (const text of ["0.0.0.0", "127.0.0.1", "255.255.255.255", "10.1.2.3", "1.0.0.0"]) {
      const bytes = encode({ family: "IPv4", address: text, port: 80 });
      assert.deepEqual(bytes.subarray(4, 8), bytesOfLibc(AF_INET, text));
    }
  });

  it("is decoded from the kernel's bytes as Node reports it", async () => {
    const server = await listening({ port: 0, host: "127.0.0.1" });
    const name = getsockname(descriptorOf(server));
    const { address, family, port } = server.address() as net.AddressInfo;
    assert.deepEqual(decodeSocketAddress(name, name.length), { family, address, port });
    assert.deepEqual(encode({ family: "IPv4", address, port }), name);
    server.close();
  });

  it("survives a round trip, whatever it is", (t) => {
    for (const seed of seeds()) {
      t.diagnostic(`seed ${seed}`);
      const random = new Random(seed);
      for (let i = 0; i < 500; i++) {
        const address = random.bytes(4).join(".");
        const port = random.below(65536);
        assert.deepEqual(roundTrip({ family: "IPv4", address, port }), { family: "IPv4", address, port });
      }
    }
  });
});

describe("an IPv6 socket address", () => {
  const known = [
    "::",
    "::1",
    "1::",
    "2001:db8::1",
    "2001:DB8:0:0:8:800:200C:417A",
    "0:0:0:0:0:0:0:0",
    "0001:0002:0003:0004:0005:0006:0007:0008",
    "1:2:3:4:5:6:7::",
    "::2:3:4:5:6:7:8",
    "1:0:0:2:0:0:0:3",
    "1:0:0:2:3:0:0:4",
    "1:0:2:0:3:0:4:0",
    "::ffff:192.0.2.1",
    "::ffff:c000:0201",
    "::192.0.2.1",
    "64:ff9b::192.0.2.33",
    "1:2:3:4:5:6:77.77.88.88",
    "ff02::1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  ];

  it("has the bytes of struct sockaddr_in6", () => {
    const bytes = encode({ family: "IPv6", address: "2001:db8::ff00:42", port: 0x1234 });
    assert.equal(bytes.length, 28);
    assert.equal(
      bytes.toString("hex"),
      // family, port, flow information, address, scope
      "0a001234" + "00000000" + "20010db8000000000000000" + "0ff000042" + "00000000",
    );
  });

  it("has the bytes that the C library gives, in every notation", () => {
    for (const text of known) {
      const bytes = encode({ family: "IPv6", address: text, port: 80 });
      assert.deepEqual(bytes.subarray(8, 24), bytesOfLibc(AF_INET6, text), text);
    }
  });

  it("is written as Node writes it", () => {
    for (const text of known) {
      if (text === "::192.0.2.1") continue;
      const { address } = new net.SocketAddress({ family: "ipv6", address: text });
      assert.deepEqual(roundTrip({ family: "IPv6", address: text, port: 80 }), {
        family: "IPv6",
        address,
        port: 80,
      });
    }
  });

  it("is written as Node writes it where it embeds an IPv4 address in the old way", () => {
    for (const text of ["::192.0.2.1", "::1.0.0.0", "::102:304"]) {
      const { address } = new net.SocketAddress({ family: "ipv6", address: text });
      assert.equal(
        (roundTrip({ family: "IPv6", address: text, port: 0 }) as { address: string }).address,
        address,
      );
    }
  });

  it("is decoded from the kernel's bytes as Node reports it", withIPv6, async () => {
    for (const host of ["::1", "::"]) {
      const server = await listening({ port: 0, host });
      const name = getsockname(descriptorOf(server));
      const { address, family, port } = server.address() as net.AddressInfo;
      assert.deepEqual(decodeSocketAddress(name, name.length), { family, address, port });
      assert.deepEqual(encode({ family: "IPv6", address, port }), name);
      server.close();
    }
  });

  it("reaches a server of Node's through the kernel", withIPv6, async () => {
    const server = await listening({ port: 0, host: "::1" });
    const { port } = server.address() as net.AddressInfo;
    const fd = syscalls.socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const name = encode({ family: "IPv6", address: "::1", port });
    const accepted = once(server, "connection") as Promise<[net.Socket]>;
    assert.equal(syscalls.connect(fd, addressOf(name), name.length), 0);
    const [peer] = await accepted;
    const own = getsockname(fd);
    const ours = decodeSocketAddress(own, own.length) as { address: string; port: number };
    assert.equal(ours.address, peer.remoteAddress);
    assert.equal(ours.port, peer.remotePort);
    syscalls.close(fd);
    server.close();
  });

  it("keeps a connection from IPv4 recognisable as v4-mapped", withIPv6, async () => {
    const server = await listening({ port: 0, host: "::" });
    const { port } = server.address() as net.AddressInfo;
    const fd = syscalls.socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const name = encode({ family: "IPv6", address: "::ffff:127.0.0.1", port });
    assert.equal(syscalls.connect(fd, addressOf(name), name.length), 0);
    const own = getsockname(fd);
    const { address } = decodeSocketAddress(own, own.length) as { address: string };
    assert.equal(address, "::ffff:127.0.0.1");
    syscalls.close(fd);
    server.close();
  });

  it("is understood in every notation, whatever it is, and written as Node writes it", (t) => {
    for (const seed of seeds()) {
      t.diagnostic(`seed ${seed}`);
      const random = new Random(seed);
      for (let i = 0; i < 500; i++) {
        const groups = Array.from({ length: 8 }, () => (random.chance(0.5) ? 0 : random.magnitude(65536)));
        // The old embedding of IPv4 has a test of its own.
        if (groups.slice(0, 6).every((group) => group === 0)) groups[0] = 0x64;
        const expected = Buffer.alloc(16);
        groups.forEach((group, j) => {
          expected.writeUInt16BE(group, 2 * j);
        });
        const text = notation(random, groups);
        const port = random.below(65536);
        const bytes = encode({ family: "IPv6", address: text, port });
        assert.deepEqual(bytes.subarray(8, 24), expected, text);
        const { address } = new net.SocketAddress({ family: "ipv6", address: text });
        assert.deepEqual(decodeSocketAddress(bytes, 28), { family: "IPv6", address, port }, text);
      }
    }
  });

  it("takes a zone by its number", () => {
    for (const zone of ["0", "1", "4", "4294967295"]) {
      const bytes = encode({ family: "IPv6", address: `fe80::1%${zone}`, port: 1 });
      assert.equal(bytes.readUInt32LE(24), Number(zone));
    }
    assert.deepEqual(roundTrip({ family: "IPv6", address: "fe80::1%7", port: 1 }), {
      family: "IPv6",
      address: "fe80::1%7",
      port: 1,
    });
  });

  const interfaces = existsSync("/sys/class/net") ? readdirSync("/sys/class/net") : [];
  for (const name of interfaces) {
    it(`takes the interface ${name} as a zone`, () => {
      const index = Number(readFileSync(`/sys/class/net/${name}/ifindex`, "utf8"));
      const bytes = encode({ family: "IPv6", address: `fe80::1%${name}`, port: 1 });
      assert.equal(bytes.readUInt32LE(24), index);
    });
  }

  const linkLocal = Object.entries(networkInterfaces())
    .flatMap(([name, list]) => (list ?? []).map((entry) => ({ name, ...entry })))
    .find((entry) => entry.address.startsWith("fe80:"));
  it("with a zone is one that the kernel binds to", {
    skip: linkLocal ? false : "this machine has no link-local address",
  }, () => {
    const address = `${linkLocal!.address}%${linkLocal!.name}`;
    const { fd, name } = bindAndAsk({ family: "IPv6", address, port: 0 });
    const index = Number(readFileSync(`/sys/class/net/${linkLocal!.name}/ifindex`, "utf8"));
    assert.equal(name.readUInt32LE(24), index);
    const decoded = decodeSocketAddress(name, name.length) as { address: string };
    assert.ok(
      [`${linkLocal!.address}%${index}`, address].includes(decoded.address),
      `${decoded.address} names the zone`,
    );
    syscalls.close(fd);
  });

  it("refuses a zone that this machine does not have", () => {
    assert.throws(() => encode({ family: "IPv6", address: "fe80::1%nosuchinterface", port: 1 }));
  });
});

describe("a Unix socket address", () => {
  it("has the bytes that the kernel gives back", () => {
    const path = temporaryPath(60);
    const { fd, name } = bindAndAsk({ family: "Unix", path });
    assert.deepEqual(name, encode({ family: "Unix", path }));
    assert.deepEqual(decodeSocketAddress(name, name.length), { family: "Unix", path });
    syscalls.close(fd);
  });

  it("is decoded from the kernel's bytes as Node reports it", async () => {
    const path = temporaryPath(70);
    const server = await listening({ path });
    const name = getsockname(descriptorOf(server));
    assert.deepEqual(decodeSocketAddress(name, name.length), { family: "Unix", path: server.address() });
    server.close();
  });

  it("may be as long as the kernel allows", () => {
    const path = temporaryPath(107);
    const { fd, name } = bindAndAsk({ family: "Unix", path });
    assert.deepEqual(decodeSocketAddress(name, name.length), { family: "Unix", path });
    assert.ok(existsSync(path));
    syscalls.close(fd);
  });

  it("counts bytes, not letters", () => {
    const path = `/tmp/${"é".repeat(50)}`;
    assert.deepEqual(roundTrip({ family: "Unix", path }), { family: "Unix", path });
    assert.throws(() => encode({ family: "Unix", path: `/tmp/${"é".repeat(52)}` }), {
      name: "RangeError",
      code: "ERR_INVALID_ARG_VALUE",
      message: /109/,
    });
  });

  it("is refused when it is too long or empty", () => {
    for (const path of ["x".repeat(108), "x".repeat(4096), "", `\0${"x".repeat(108)}`]) {
      assert.throws(() => encode({ family: "Unix", path }), { code: "ERR_INVALID_ARG_VALUE" });
    }
  });

  it("is refused with a NUL inside, where the kernel would cut it off", () => {
    assert.throws(() => encode({ family: "Unix", path: "/tmp/a\0b" }), { code: "ERR_INVALID_ARG_VALUE" });
  });

  it("may be abstract, and is then found by Node's sockets", async () => {
    for (const lengthBytes of [30, 108]) {
      const path = `\0pentio-${process.pid}-`.padEnd(lengthBytes, "y");
      const { fd, name } = bindAndAsk({ family: "Unix", path });
      assert.deepEqual(name, encode({ family: "Unix", path }));
      assert.equal(name.length, 2 + lengthBytes);
      assert.deepEqual(decodeSocketAddress(name, name.length), { family: "Unix", path });
      const visible = readFileSync("/proc/net/unix", "utf8").includes(`@${path.slice(1)}`);
      assert.ok(visible, "the kernel lists the abstract name without padding");
      syscalls.close(fd);
    }
  });

  it("keeps a NUL inside an abstract name", () => {
    const path = `\0pentio-${process.pid}\0inside`;
    const { fd, name } = bindAndAsk({ family: "Unix", path });
    assert.deepEqual(decodeSocketAddress(name, name.length), { family: "Unix", path });
    syscalls.close(fd);
  });

  it("without a name has an empty path", () => {
    const fd = syscalls.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const name = getsockname(fd);
    assert.deepEqual(decodeSocketAddress(name, name.length), { family: "Unix", path: "" });
    assert.deepEqual(decodeSocketAddress(name, 0), { family: "Unix", path: "" });
    syscalls.close(fd);
  });

  it("survives a round trip, whatever it is", (t) => {
    for (const seed of seeds()) {
      t.diagnostic(`seed ${seed}`);
      const random = new Random(seed);
      for (let i = 0; i < 300; i++) {
        const letters = Array.from({ length: 1 + random.below(26) }, () =>
          random.pick(["a", "/", "é", "語", "😀"]),
        );
        const path = (random.chance(0.3) ? "\0" : "") + letters.join("");
        assert.deepEqual(roundTrip({ family: "Unix", path }), { family: "Unix", path });
      }
    }
  });
});

describe("encodeSocketAddress", () => {
  it("leaves nothing of what was in the memory before", () => {
    const bytes = Buffer.allocUnsafeSlow(SOCKADDR_BYTES + 8).fill(0xaa);
    encodeSocketAddress({ family: "IPv6", address: "ff::ff", port: 1 }, bytes);
    encodeSocketAddress({ family: "IPv4", address: "1.2.3.4", port: 1 }, bytes);
    assert.ok(bytes.subarray(8, SOCKADDR_BYTES).every((byte) => byte === 0));
    assert.ok(bytes.subarray(SOCKADDR_BYTES).every((byte) => byte === 0xaa));
  });

  it("writes where a view begins", () => {
    const bytes = Buffer.allocUnsafeSlow(SOCKADDR_BYTES + 16).fill(0);
    const length = encodeSocketAddress({ family: "IPv4", address: "1.2.3.4", port: 5 }, bytes.subarray(16));
    assert.deepEqual(
      bytes.subarray(16, 16 + length),
      encode({ family: "IPv4", address: "1.2.3.4", port: 5 }),
    );
  });
});

describe("parseIp", () => {
  it("knows IP addresses from names", () => {
    assert.deepEqual(parseIp("127.0.0.1", 5), { family: "IPv4", address: "127.0.0.1", port: 5 });
    assert.deepEqual(parseIp("::1", 5), { family: "IPv6", address: "::1", port: 5 });
    assert.deepEqual(parseIp("fe80::1%lo", 5), { family: "IPv6", address: "fe80::1%lo", port: 5 });
    for (const host of ["localhost", "", "1.2.3", "1.2.3.4.5", "01.2.3.4", "[::1]", "::1%", ":::1"]) {
      assert.equal(parseIp(host, 5), undefined, host);
    }
  });
});

/** One of the many ways to write an IPv6 address. */
function notation(random: Random, groups: readonly number[]): string {
  let parts = groups.map((group) => {
    const hex = group.toString(16).padStart(random.chance(0.2) ? 4 : 1, "0");
    return random.chance(0.3) ? hex.toUpperCase() : hex;
  });
  if (random.chance(0.2)) {
    const [c, d] = [groups[6]!, groups[7]!];
    parts = [...parts.slice(0, 6), `${c >> 8}.${c & 255}.${d >> 8}.${d & 255}`];
  }
  // "::" may stand for any run of zero groups.
  const zeros = groups.findIndex((group, i) => group === 0 && i < (parts.length === 7 ? 6 : 8));
  if (zeros < 0 || random.chance(0.3)) return parts.join(":");
  let end = zeros + 1;
  const last = parts.length === 7 ? 6 : 8;
  while (end < last && groups[end] === 0 && random.chance(0.8)) end++;
  return `${parts.slice(0, zeros).join(":")}::${parts.slice(end).join(":")}`;
}
