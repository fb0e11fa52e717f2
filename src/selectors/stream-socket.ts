import {
  AF_INET6,
  addressOf,
  decodeSocketAddress,
  disownDescriptor,
  EAGAIN,
  EBADF,
  encodeSocketAddress,
  familyNumber,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  knownAddress,
  MSG_NOSIGNAL,
  ownDescriptor,
  parseIp,
  pin,
  RECEIVE_BYTES_MIN,
  SLAB_BYTES,
  SlabPool,
  SO_REUSEADDR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOCKADDR_BYTES,
  SOL_SOCKET,
  type SocketAddress,
  syscalls,
  systemError,
} from "../sys/index.ts";
import { invalidArgument } from "./errors.ts";

const nameBytes = Buffer.allocUnsafeSlow(SOCKADDR_BYTES);
const nameAddress = addressOf(nameBytes);
const option = new Int32Array(Buffer.allocUnsafeSlow(4).buffer);
const optionAddress = addressOf(option);
const pool = new SlabPool();

const remedies: ReadonlyMap<number, string> = new Map([
  [-EAGAIN, "not ready: wait until select() reports it"],
  [-EBADF, "the socket is closed"],
]);

/** Where to listen. */
export interface ListenSocketOptions {
  /** TCP port, 0 to 65535. Default 0: the system picks a free one. */
  readonly port?: number;
  /**
   * IP address; names are not looked up, for that takes waiting. Default: all addresses, `::`, or `0.0.0.0` on a system
   * without IPv6.
   */
  readonly host?: string;
  /** Connections that the kernel holds ready at most; the system caps it (net.core.somaxconn). Default 4096. */
  readonly backlog?: number;
}

/**
 * A TCP socket in the manner of Python's `socket`, for programs with a loop of their own: each method is one system call
 * that does not wait. Where it would have to, it throws EAGAIN.
 */
export class StreamSocket implements Disposable {
  private descriptor: number;

  /** @internal Sockets come from {@link listenSocket} and {@link accept}. */
  constructor(descriptor: number) {
    this.descriptor = descriptor;
    ownDescriptor(descriptor);
  }

  /** The file descriptor, or -1 once it is closed. */
  get fd(): number {
    return this.descriptor;
  }

  /** This end's TCP port. @throws EBADF once it is closed */
  get port(): number {
    option[0] = SOCKADDR_BYTES;
    check(syscalls.getsockname(this.descriptor, nameAddress, optionAddress), "getsockname");
    return (decodeSocketAddress(nameBytes, option[0]) as { port: number }).port;
  }

  /** The next connection to a listening socket. @throws EAGAIN if there is none, ECONNABORTED, EMFILE, EINVAL */
  accept(): StreamSocket {
    return new StreamSocket(check(syscalls.accept4(this.descriptor, SOCK_NONBLOCK | SOCK_CLOEXEC), "accept"));
  }

  /**
   * What has arrived; empty when the peer has ended. The buffer is the program's to keep; small ones share memory with
   * others, so copy what is to be kept for long.
   *
   * @param maxBytes default and limit 65536; what is left comes with the next call
   * @throws EAGAIN if nothing has arrived, ECONNRESET, EBADF, ERR_INVALID_ARG_VALUE
   */
  recv(maxBytes = SLAB_BYTES): Buffer {
    if (!(maxBytes >= 1)) throw invalidArgument(`recv() takes at least 1 byte, not ${maxBytes}`);
    pool.reserve(Math.min(maxBytes, RECEIVE_BYTES_MIN));
    const lengthBytes = Math.min(Math.floor(maxBytes), pool.leftBytes);
    return pool.take(check(syscalls.recv(this.descriptor, pool.address, lengthBytes, 0), "recv"));
  }

  /**
   * Sends what the kernel has room for; a string is sent as UTF-8.
   *
   * @returns how many bytes it has taken, which may be less than all
   * @throws EAGAIN if there is no room at all, EPIPE, ECONNRESET, EBADF
   */
  send(data: Uint8Array | string): number {
    const given = typeof data === "string" ? Buffer.from(data) : data;
    const bytes = knownAddress(given) < 0 ? pin(given, pool) : given;
    return check(syscalls.send(this.descriptor, knownAddress(bytes), bytes.length, MSG_NOSIGNAL), "send");
  }

  /** Closes it; unregister it first. Closing twice does no harm. */
  close(): void {
    if (this.descriptor < 0) return;
    disownDescriptor(this.descriptor);
    syscalls.close(this.descriptor);
    this.descriptor = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * A listening TCP socket, to be registered with a selector.
 *
 * @throws EADDRINUSE, EACCES, EADDRNOTAVAIL and what else the system says; ERR_INVALID_ARG_VALUE for a name instead of an
 *   IP address; ERR_SOCKET_BAD_PORT
 */
export function listenSocket(options: ListenSocketOptions = {}): StreamSocket {
  const { port = 0, host, backlog = 4096 } = options;
  const address = parseIp(host ?? "::", checkPort(port));
  if (!address)
    throw invalidArgument(`listenSocket() takes an IP address, not "${host}": look names up before`);
  try {
    return openListener(address, backlog);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (host !== undefined || (code !== "EAFNOSUPPORT" && code !== "EADDRNOTAVAIL")) throw error;
    return openListener({ family: "IPv4", address: "0.0.0.0", port }, backlog);
  }
}

function openListener(address: SocketAddress, backlog: number): StreamSocket {
  const lengthBytes = encodeSocketAddress(address, nameBytes);
  const family = familyNumber(address);
  const type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const socket = new StreamSocket(check(syscalls.socket(family, type, 0), "listen", address));
  try {
    setOption(socket.fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (family === AF_INET6) setOption(socket.fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    check(syscalls.bindAddress(socket.fd, nameAddress, lengthBytes), "listen", address);
    check(syscalls.listen(socket.fd, backlog), "listen", address);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

function setOption(fd: number, level: number, name: number, value: number): void {
  option[0] = value;
  check(syscalls.setsockopt(fd, level, name, optionAddress, 4), "setsockopt");
}

function check(result: number, syscall: string, place?: SocketAddress): number {
  if (result < 0) throw systemError(result, syscall, { ...place, remedy: remedies.get(result) });
  return result;
}

function checkPort(port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  const error = new RangeError(`listenSocket() takes a port from 0 to 65535, not ${String(port)}`);
  throw Object.assign(error, { code: "ERR_SOCKET_BAD_PORT" });
}
