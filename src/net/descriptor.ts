/**
 * What sockets need of the kernel without ever waiting: making them, options, names. (What waits goes through the loop.)
 */
import {
  AF_INET6,
  addressOf,
  beyondLimit,
  decodeSocketAddress,
  duplicateBelow,
  EMFILE,
  type ErrorPlace,
  encodeSocketAddress,
  F_GETFL,
  F_SETFL,
  familyNumber,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  O_NONBLOCK,
  SHUT_WR,
  SO_INCOMING_CPU,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOCKADDR_BYTES,
  SOL_SOCKET,
  type SocketAddress,
  syscalls,
  systemError,
  TCP_CLOSE,
  TCP_INFO,
  TCP_NODELAY,
} from "../sys/index.ts";

/** Memory for the calls below; none of them keeps it. */
const nameBytes = Buffer.allocUnsafeSlow(SOCKADDR_BYTES);
const nameAddress = addressOf(nameBytes);
const option = new Int32Array(Buffer.allocUnsafeSlow(4).buffer);
const optionAddress = addressOf(option);

/** What a loop asks of sockets that are to be used on it. */
export interface SocketNeeds {
  /** SOCK_ flags. */
  readonly socketFlags: number;
  /** Descriptors from this number on are no use. */
  readonly descriptorLimit: number;
}

/** How a listening descriptor is made. */
export interface ListenSettings {
  readonly backlog: number;
  readonly reusePort: boolean;
  /** Of those that share a port, the processor that this one is for. */
  readonly incomingCpu: number | undefined;
  readonly ipv6Only: boolean;
  readonly noDelay: boolean;
}

/** socket(2) for streams. @throws EMFILE, ENFILE, EAFNOSUPPORT and what else the system says, for `purpose` */
export function openStreamSocket(address: SocketAddress, needs: SocketNeeds, purpose: string): number {
  const fd = syscalls.socket(familyNumber(address), SOCK_STREAM | needs.socketFlags, 0);
  if (fd < 0) throw systemError(fd, purpose, placeOf(address));
  if (fd < needs.descriptorLimit) return fd;
  syscalls.close(fd);
  throw systemError(-EMFILE, purpose, { ...placeOf(address), remedy: beyondLimit(needs.descriptorLimit) });
}

/**
 * Another descriptor of the same socket, which blocks or not as the loop wants it. That is a property of the socket: for
 * whoever shares it, it changes too.
 *
 * @throws EBADF, EMFILE and what else the system says, for `purpose`
 */
export function duplicate(fd: number, needs: SocketNeeds, purpose: string): number {
  const own = duplicateBelow(fd, needs.descriptorLimit, purpose);
  const flags = syscalls.fcntl(own, F_GETFL, 0) & ~O_NONBLOCK;
  syscalls.fcntl(own, F_SETFL, needs.socketFlags & SOCK_NONBLOCK ? flags | O_NONBLOCK : flags);
  return own;
}

/** A listening descriptor. @throws EADDRINUSE, EACCES, EADDRNOTAVAIL and what else the system says, as of `listen` */
export function openListener(address: SocketAddress, needs: SocketNeeds, settings: ListenSettings): number {
  const lengthBytes = encodeSocketAddress(address, nameBytes);
  const fd = openStreamSocket(address, needs, "listen");
  const inet = address.family !== "Unix";
  // Like Node: a server that restarts need not wait for connections of its predecessor in TIME_WAIT.
  let result = inet ? setOption(fd, SOL_SOCKET, SO_REUSEADDR, true) : 0;
  if (result >= 0 && settings.reusePort) result = setOption(fd, SOL_SOCKET, SO_REUSEPORT, true);
  if (result >= 0 && settings.incomingCpu !== undefined)
    result = setOption(fd, SOL_SOCKET, SO_INCOMING_CPU, settings.incomingCpu);
  if (result >= 0 && familyNumber(address) === AF_INET6) {
    result = setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, settings.ipv6Only);
  }
  // Linux hands the listener's choice down to its connections, which saves a call for each.
  if (result >= 0 && inet && settings.noDelay) result = setNoDelay(fd, true);
  if (result >= 0) result = syscalls.bindAddress(fd, nameAddress, lengthBytes);
  if (result >= 0) result = syscalls.listen(fd, settings.backlog);
  if (result >= 0) return fd;
  syscalls.close(fd);
  throw systemError(result, "listen", placeOf(address));
}

/** The bytes of a `struct sockaddr` for a connect request. */
export function connectAddress(address: SocketAddress): Uint8Array {
  const bytes = Buffer.allocUnsafe(SOCKADDR_BYTES);
  return bytes.subarray(0, encodeSocketAddress(address, bytes));
}

/** The TCP_NODELAY option. @returns 0 or -errno */
export function setNoDelay(fd: number, on: boolean): number {
  return setOption(fd, IPPROTO_TCP, TCP_NODELAY, on);
}

/** shutdown(2) of the sending side. @returns 0 or -errno */
export function shutdownSending(fd: number): number {
  return syscalls.shutdown(fd, SHUT_WR);
}

/** Whether a TCP connection is over without a regular end: tcp(7), TCP_INFO. */
export function wasReset(fd: number): boolean {
  option[0] = 1;
  const result = syscalls.getsockopt(fd, IPPROTO_TCP, TCP_INFO, nameAddress, optionAddress);
  // The structure's first byte is the state; after a regular end of the peer's it is another.
  return result >= 0 && nameBytes[0] === TCP_CLOSE;
}

/** The descriptor's own name, or that of its peer; undefined if it has none. */
export function nameOf(fd: number, whose: "local" | "remote"): SocketAddress | undefined {
  const length = option;
  length[0] = SOCKADDR_BYTES;
  const ask = whose === "local" ? syscalls.getsockname : syscalls.getpeername;
  return ask(fd, nameAddress, optionAddress) < 0 ? undefined : decodeSocketAddress(nameBytes, length[0]);
}

/** An address as an error's place. */
export function placeOf(address: SocketAddress): ErrorPlace {
  return address.family === "Unix"
    ? { path: address.path }
    : { address: address.address, port: address.port };
}

function setOption(fd: number, level: number, name: number, value: boolean | number): number {
  option[0] = Number(value);
  return syscalls.setsockopt(fd, level, name, optionAddress, 4);
}
