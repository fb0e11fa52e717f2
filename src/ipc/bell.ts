import { Socket } from "node:net";
import type { Loop } from "../loop/index.ts";
import {
  AF_UNIX,
  addressOf,
  disownDescriptor,
  F_DUPFD_CLOEXEC,
  MSG_NOSIGNAL,
  ownDescriptor,
  SO_COOKIE,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  syscalls,
  systemError,
} from "../sys/index.ts";

/** By what other threads find a bell: the number of a descriptor, and the kernel's name for its socket, for numbers are reused. */
export interface BellAddress {
  readonly fd: number;
  /** SO_COOKIE, of socket(7); the kernel gives each only once. */
  readonly cookie: bigint;
}

/** Who is told when the bell has rung, or when a thread that is known here has ended. */
export interface Listener {
  rung(): void;
}

const cookie = new BigUint64Array(Buffer.allocUnsafeSlow(8).buffer);
const cookieAddress = addressOf(cookie);
const cookieLength = Int32Array.of(8);
const cookieLengthAddress = addressOf(cookieLength);

/** The bell of another thread's loop. */
export class RemoteBell {
  /** Whether the thread has ended. */
  isGone = false;
  private readonly fd: number;

  /** @param gone is told when the thread has ended */
  constructor(fd: number, gone: () => void) {
    this.fd = fd;
    ownDescriptor(fd);
    const end = watch(duplicate(fd), () => {});
    end.on("close", () => {
      this.isGone = true;
      disownDescriptor(fd);
      syscalls.close(fd);
      gone();
    });
  }

  ring(): void {
    // EAGAIN: it was rung more often than anybody can hear. EPIPE: the thread has ended, which is told by itself.
    // Which byte does not matter.
    if (!this.isGone) syscalls.send(this.fd, cookieAddress, 1, MSG_NOSIGNAL);
  }
}

/**
 * What other threads wake a loop by: one end of a socket pair, whose other end Node watches. When the thread ends, however it
 * ends, the kernel closes both, and so tells those who have a duplicate.
 */
export class Bell {
  readonly address: BellAddress;
  /** How many of the threads known here have ended. */
  losses = 0;
  private readonly loop: Loop;
  private readonly listeners = new Set<Listener>();
  private readonly others = new Map<bigint, RemoteBell>();
  private isDue = false;

  constructor(loop: Loop) {
    this.loop = loop;
    const pair = new Int32Array(Buffer.allocUnsafeSlow(8).buffer);
    const type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
    const result = syscalls.socketpair(AF_UNIX, type, 0, addressOf(pair));
    if (result < 0) throw systemError(result, "socketpair");
    const [heard, rung] = pair as unknown as [number, number];
    ownDescriptor(rung);
    this.address = { fd: rung, cookie: cookieOf(rung) };
    watch(heard, () => this.soon());
  }

  /** Has somebody told of each ring, and of threads that have ended. */
  listen(listener: Listener): void {
    this.listeners.add(listener);
  }

  ignore(listener: Listener): void {
    this.listeners.delete(listener);
  }

  /** Rings it from within the thread. */
  soon(): void {
    if (this.isDue) return;
    this.isDue = true;
    this.loop.schedule(this);
  }

  /** For the loop. */
  run(): void {
    this.isDue = false;
    for (const listener of [...this.listeners]) listener.rung();
  }

  /** The bell of another loop; null if its thread has ended. */
  other({ fd, cookie }: BellAddress): RemoteBell | null {
    const known = this.others.get(cookie);
    if (known) return known;
    const own = syscalls.fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0) return null;
    // Asked of the duplicate, which nobody else closes: by now the number may be another socket's, or a file's.
    if (cookieOf(own) !== cookie) {
      syscalls.close(own);
      return null;
    }
    const other = new RemoteBell(own, () => {
      this.others.delete(cookie);
      this.losses++;
      this.soon();
    });
    this.others.set(cookie, other);
    return other;
  }
}

const bells = new WeakMap<Loop, Bell>();

/** A loop's bell; there is one from when it is first asked for. */
export function bellOf(loop: Loop): Bell {
  let bell = bells.get(loop);
  if (!bell) {
    bell = new Bell(loop);
    bells.set(loop, bell);
  }
  return bell;
}

/** Watches a socket by one of Node's own, which Node takes apart when the thread is being ended, whoever rings meanwhile. */
function watch(fd: number, heard: () => void): Socket {
  const onread = {
    buffer: Buffer.allocUnsafe(64),
    callback: () => {
      heard();
      return true;
    },
  };
  const options = { fd, readable: true, writable: false, onread };
  const socket = new Socket(options);
  // A thread that ends without having heard all resets the connection.
  socket.on("error", () => {});
  return socket.unref();
}

function duplicate(fd: number): number {
  const own = syscalls.fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (own < 0) throw systemError(own, "fcntl");
  return own;
}

/** 0 for what is no socket. */
function cookieOf(fd: number): bigint {
  cookieLength[0] = 8;
  const result = syscalls.getsockopt(fd, SOL_SOCKET, SO_COOKIE, cookieAddress, cookieLengthAddress);
  return result < 0 ? 0n : cookie[0]!;
}
