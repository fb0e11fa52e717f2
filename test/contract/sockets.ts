/** Sockets as the kernel has them: nothing here waits, and nothing goes through a driver. */
import assert from "node:assert/strict";
import { readFileSync, readlinkSync } from "node:fs";
import { bind } from "../../src/sys/ffi.ts";
import {
  AF_UNIX,
  addressOf,
  decodeSocketAddress,
  EAGAIN,
  EINPROGRESS,
  encodeSocketAddress,
  familyNumber,
  SHUT_WR,
  SO_REUSEADDR,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOCKADDR_BYTES,
  SOL_SOCKET,
  type SocketAddress,
  syscalls,
} from "../../src/sys/index.ts";

const SO_SNDBUF = 7;
const SO_LINGER = 13;
const MSG_DONTWAIT = 0x40;

export const loopback: SocketAddress = { family: "IPv4", address: "127.0.0.1", port: 0 };

function ok(result: number, what: string): number {
  if (result < 0) assert.fail(`${what}: ${result}`);
  return result;
}

export function sockaddr(address: SocketAddress): Buffer {
  const bytes = Buffer.allocUnsafeSlow(SOCKADDR_BYTES);
  return bytes.subarray(0, encodeSocketAddress(address, bytes));
}

export function openSocket(address: SocketAddress = loopback, flags = 0): number {
  return ok(syscalls.socket(familyNumber(address), SOCK_STREAM | SOCK_CLOEXEC | flags, 0), "socket");
}

export function setOption(fd: number, name: number, ...values: number[]): void {
  const memory = new Int32Array(Buffer.allocUnsafeSlow(4 * values.length).buffer);
  memory.set(values);
  ok(syscalls.setsockopt(fd, SOL_SOCKET, name, addressOf(memory), 4 * values.length), "setsockopt");
}

/** Makes a socket's memory for what it sends as small as the kernel allows. */
export function shrink(fd: number): void {
  setOption(fd, SO_SNDBUF, 1);
}

export function nameOf(fd: number): SocketAddress {
  const bytes = Buffer.allocUnsafeSlow(SOCKADDR_BYTES);
  const length = new Int32Array(Buffer.allocUnsafeSlow(4).buffer).fill(SOCKADDR_BYTES);
  ok(syscalls.getsockname(fd, addressOf(bytes), addressOf(length)), "getsockname");
  return decodeSocketAddress(bytes, length[0]!);
}

/** A listening descriptor, and where it listens. */
export function listener(
  flags: number,
  where: SocketAddress = loopback,
  backlog = 1024,
): { fd: number; address: SocketAddress } {
  const fd = openSocket(where, flags);
  setOption(fd, SO_REUSEADDR, 1);
  const name = sockaddr(where);
  ok(syscalls.bindAddress(fd, addressOf(name), name.length), "bind");
  ok(syscalls.listen(fd, backlog), "listen");
  return { fd, address: nameOf(fd) };
}

/** A client that connects without waiting. */
export function connectTo(address: SocketAddress): number {
  const fd = openSocket(address, SOCK_NONBLOCK);
  connectSocket(fd, address);
  return fd;
}

export function connectSocket(fd: number, address: SocketAddress): void {
  const name = sockaddr(address);
  const result = syscalls.connect(fd, addressOf(name), name.length);
  if (result < 0 && result !== -EINPROGRESS) assert.fail(`connect: ${result}`);
}

/** A TCP connection: our end, made with the driver's flags, and the peer's, which does not block. */
export function connection(flags: number): [number, number] {
  const server = listener(0);
  const peer = connectTo(server.address);
  const ours = ok(syscalls.accept4(server.fd, SOCK_CLOEXEC | flags), "accept4");
  close(server.fd);
  return [ours, peer];
}

/** Two connected Unix sockets. */
export function pair(flags: number): [number, number] {
  const fds = new Int32Array(Buffer.allocUnsafeSlow(8).buffer);
  ok(syscalls.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0, addressOf(fds)), "socketpair");
  return [fds[0]!, fds[1]!];
}

/** Two UDP sockets, each connected to the other: ours, made with the driver's flags, and the peer's. */
export function datagramPair(flags: number): [number, number] {
  const name = sockaddr(loopback);
  const [ours, peer] = [flags, SOCK_NONBLOCK].map((flag) => {
    const fd = ok(syscalls.socket(familyNumber(loopback), SOCK_DGRAM | SOCK_CLOEXEC | flag, 0), "socket");
    ok(syscalls.bindAddress(fd, addressOf(name), name.length), "bind");
    return fd;
  }) as [number, number];
  connectSocket(ours, nameOf(peer));
  connectSocket(peer, nameOf(ours));
  return [ours, peer];
}

/** @returns how many bytes the kernel took, 0 if it has no room */
export function send(fd: number, data: string | Uint8Array): number {
  const bytes = Buffer.allocUnsafeSlow(Math.max(1, Buffer.byteLength(data)));
  bytes.set(typeof data === "string" ? Buffer.from(data) : data);
  const result = syscalls.send(fd, addressOf(bytes), Buffer.byteLength(data), MSG_DONTWAIT | 0x4000);
  return result === -EAGAIN ? 0 : ok(result, "send");
}

const inbox = Buffer.allocUnsafeSlow(256 * 1024);
const inboxAddress = addressOf(inbox);

/** What has arrived: undefined if nothing has, empty at the end. */
export function receive(fd: number, most = inbox.length): Buffer | undefined {
  const result = syscalls.recv(fd, inboxAddress, Math.min(most, inbox.length), MSG_DONTWAIT);
  return result === -EAGAIN ? undefined : Buffer.from(inbox.subarray(0, ok(result, "recv")));
}

/** Everything that has arrived so far. */
export function receiveAll(fd: number): Buffer {
  const chunks: Buffer[] = [];
  for (let chunk = receive(fd); chunk !== undefined && chunk.length > 0; chunk = receive(fd))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Fills the connection until the kernel takes no more. @returns what it took */
export function fill(fd: number): number {
  const block = Buffer.alloc(64 * 1024, "f");
  let sum = 0;
  for (let sent = send(fd, block); sent > 0; sent = send(fd, block)) sum += sent;
  return sum;
}

export function endSending(fd: number): void {
  ok(syscalls.shutdown(fd, SHUT_WR), "shutdown");
}

export function close(fd: number): void {
  ok(syscalls.close(fd), "close");
}

/** Closes with a reset instead of an end. */
export function reset(fd: number): void {
  setOption(fd, SO_LINGER, 1, 0);
  close(fd);
}

/** Whether a descriptor is a socket. */
export function isSocket(fd: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith("socket:");
  } catch {
    return false;
  }
}

export function flagsOf(fd: number): number {
  return Number.parseInt(/flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))![1]!, 8);
}

/** A port on 127.0.0.1 on which nobody listens. */
export function deadAddress(): SocketAddress {
  const fd = openSocket();
  const name = sockaddr(loopback);
  ok(syscalls.bindAddress(fd, addressOf(name), name.length), "bind");
  const address = nameOf(fd);
  close(fd);
  return address;
}

type LimitCall = (resource: number, limits: number) => number;
const setrlimit = bind<LimitCall>("setrlimit", "i32", ["i32", "pointer"]);
const getrlimit = bind<LimitCall>("getrlimit", "i32", ["i32", "pointer"]);
const RLIMIT_NOFILE = 7;

/** Runs something while the process can open no descriptor of this number or above. */
export function withDescriptorLimit(limit: number, work: () => void): void {
  const limits = new BigUint64Array(Buffer.allocUnsafeSlow(16).buffer);
  ok(getrlimit(RLIMIT_NOFILE, addressOf(limits)), "getrlimit");
  const before = limits[0]!;
  limits[0] = BigInt(limit);
  ok(setrlimit(RLIMIT_NOFILE, addressOf(limits)), "setrlimit");
  try {
    work();
  } finally {
    limits[0] = before;
    ok(setrlimit(RLIMIT_NOFILE, addressOf(limits)), "setrlimit");
  }
}
