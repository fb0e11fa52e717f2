import { knownAddress, pin, pinInPlace, type SlabPool, syscalls } from "../sys/index.ts";
import { opensDescriptor, type SystemCall } from "./system-call.ts";

/** What a request asks for. */
export const ACCEPT = 0;
export const CONNECT = 1;
export const RECEIVE = 2;
export const SEND = 3;
export const CLOSE = 4;
export const READ = 5;
export const WRITE = 6;
export const CALL = 7;

export type RequestKind =
  | typeof ACCEPT
  | typeof CONNECT
  | typeof RECEIVE
  | typeof SEND
  | typeof CLOSE
  | typeof READ
  | typeof WRITE
  | typeof CALL;

/** Names for messages and statistics, by {@link RequestKind}. */
export const requestNames = [
  "accept",
  "connect",
  "receive",
  "send",
  "close",
  "read",
  "write",
  "call",
] as const;

/** {@link Request.repeats} stay a small integer of V8. */
const REPEATS_MASK = 0x3fffffff;

/** Of {@link Request.registration}: the driver has not looked yet. */
export const UNKNOWN = -2;

/** Who is told of a request's completions. The loop calls it; drivers never do. */
export interface Continuation {
  /**
   * @param result the value (>= 0) or -errno, as the kernel says it
   * @param data what was received, on {@link RECEIVE} with a positive result
   * @param more whether further completions of this request will come
   */
  complete(request: Request, result: number, data: Buffer | null, more: boolean): void;
}

/**
 * One request to a driver, as plain data: what UNP calls an I/O operation and io_uring a request. It belongs to the
 * driver from `submit` until the completion that says there are no more; then it may be submitted again.
 *
 * | kind | goes on until | a completion's result |
 * | --- | --- | --- |
 * | ACCEPT | an error or its cancellation | the descriptor of a connection |
 * | CONNECT | it is connected | 0 |
 * | RECEIVE | the end (0), an error or its cancellation | bytes in `data`; of a datagram socket one datagram, and an empty one ends it as well |
 * | SEND | the kernel took some bytes | how many, which may be fewer than asked |
 * | CLOSE | it is closed | 0; nothing else may be in flight on the descriptor. One that had requests is closed so, for the driver may know something of it |
 * | READ | the kernel wrote some bytes into `data` | how many, which may be fewer than asked; 0 at the end of the file |
 * | WRITE | the kernel took some bytes | how many, which may be fewer than asked |
 * | CALL | the system call {@link call} has returned | its value |
 *
 * A datagram is cut to the room that is left where the driver receives, as recv(2) cuts it: on io_uring that may be any.
 *
 * READ and WRITE are pread(2) and pwrite(2), for files: they name their {@link position} and move no other, so any number
 * may be in flight on a descriptor, and complete in any order. What has no positions (a pipe, a socket) answers -ESPIPE.
 */
export class Request {
  readonly kind: RequestKind;
  readonly continuation: Continuation;
  fd: number;
  /**
   * SEND, WRITE: the bytes; READ: where they go, the caller's own memory; CONNECT: the `struct sockaddr`. Referenced from
   * here until completion; until then the caller leaves it alone, and does not transfer its ArrayBuffer.
   */
  data: Uint8Array | null = null;
  /** READ, WRITE: where in the file, in bytes from its start; a whole number, 0 to 2^53 - 1. */
  position = 0;
  /**
   * ACCEPT: other processes accept from the same socket. Then a driver takes connections one at a time and queues for each,
   * so that the kernel, which wakes who has waited longest, spreads them.
   */
  isShared = false;
  /** READ, WRITE: of a file opened with O_DIRECT, so that a disk waits for it. */
  isDirect = false;
  /** CLOSE: of a file. That may take as long as a disk or another host does, close(2), so it is no call for our thread. */
  isFile = false;
  /**
   * READ, WRITE: the address of {@link data}, where whoever submits knows it; -1 if not. Its memory is pinned then. Set by
   * {@link moveTo} and {@link stay}.
   */
  address = -1;
  /** READ: how many of these in a row went into the same memory before, as far as whoever submits knows. */
  repeats = 0;
  /** The driver's: what it knows that memory by, once {@link repeats} made it look; anew when that is 0 again. */
  registration = UNKNOWN;
  /** CALL: what is called. It is the driver's until completion; the descriptor stands among its arguments. */
  call: SystemCall | null = null;
  /** The driver's: where it keeps the request, or -1 while it does not have it. */
  slot = -1;
  /** The driver's: which of all submissions it is. */
  generation = 0;
  /** The driver's: what it knows the file by, or -1. */
  registeredFile = -1;
  /** The driver's: its cancellation was asked for. */
  cancelled = false;

  constructor(kind: RequestKind, fd: number, continuation: Continuation) {
    this.kind = kind;
    this.fd = fd;
    this.continuation = continuation;
  }

  /** READ, WRITE: the address of its data, in other memory than before; -1 if it is not known. */
  moveTo(address: number): void {
    this.address = address;
    this.repeats = 0;
    this.registration = UNKNOWN;
  }

  /** The same in the memory of the last time. */
  stay(address: number): void {
    this.address = address;
    this.repeats = (this.repeats + 1) & REPEATS_MASK;
  }

  /** Whether a driver has it. */
  get inFlight(): boolean {
    return this.slot >= 0;
  }
}

/** What Linux transfers at most in one call, read(2), on every machine: MAX_RW_COUNT. */
const TRANSFER_BYTES_MAX = 0x7ffff000;

/** Whether it transfers between memory and a file. Such a call ends by itself. */
export function isTransfer(request: Request): boolean {
  return request.kind === READ || request.kind === WRITE;
}

/** Whether its first completion that is no failure is its last. */
export function endsWithSuccess(request: Request): boolean {
  return request.kind !== ACCEPT && request.kind !== RECEIVE;
}

/** Nobody is told of a result: if it is a descriptor, it is closed. */
export function discardResult({ kind, call }: Request, result: number): void {
  const isDescriptor = kind === ACCEPT || (kind === CALL && opensDescriptor(call!));
  if (isDescriptor && result >= 0) syscalls.close(result);
}

/** Whether it is about files, which are never unready. */
export function isForFiles(request: Request): boolean {
  return isTransfer(request) || request.kind === CALL;
}

/** Of a READ, WRITE or SEND: the bytes that one call is asked for. */
export function transferBytes(request: Request): number {
  return Math.min(request.data!.length, TRANSFER_BYTES_MAX);
}

/** Of a READ or WRITE: the address of its memory. What is read goes into the caller's own, which is pinned in place. */
export function transferAddress(request: Request, pool: SlabPool): number {
  if (request.address >= 0) return request.address;
  if (request.kind === WRITE) return pinnedAddress(request, pool);
  const address = knownAddress(request.data!);
  return address >= 0 ? address : pinInPlace(request.data!);
}

/** The address of a request's data; data at an unknown one is pinned first. */
export function pinnedAddress(request: Request, pool: SlabPool): number {
  const address = knownAddress(request.data!);
  if (address >= 0) return address;
  request.data = pin(request.data!, pool);
  return knownAddress(request.data);
}
