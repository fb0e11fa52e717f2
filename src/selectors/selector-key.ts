import { inspect } from "node:util";
import { invalidArgument } from "./errors.ts";

/** Readable: data, a connection to accept, the peer's end, or an error that reading will tell. */
export const EVENT_READ = 1;

/** Writable: there is room, a connection is made, or an error that writing will tell. */
export const EVENT_WRITE = 2;

/** A descriptor, or something that has one: sockets and servers of Pentio, a FileHandle of node:fs, another selector. */
export type FileObject = number | { readonly fd: number };

/** What is registered. It never changes: `modify()` makes another one. */
export interface SelectorKey<D = unknown, F extends FileObject = FileObject> {
  /** What was given to `register()`. */
  readonly fileobj: F;
  /** Its descriptor at that time. */
  readonly fd: number;
  /** What is waited for: EVENT_READ, EVENT_WRITE or both. */
  readonly events: number;
  /** The program's own: a handler, a session. */
  readonly data: D;
}

/** The kernel's `int`. */
const DESCRIPTOR_MAX = 0x7fffffff;

/** @throws ERR_INVALID_ARG_VALUE for what has no open descriptor */
export function descriptorOf(fileobj: unknown): number {
  const fd = typeof fileobj === "object" && fileobj !== null && "fd" in fileobj ? fileobj.fd : fileobj;
  if (typeof fd !== "number" || !Number.isInteger(fd) || fd > DESCRIPTOR_MAX) {
    throw invalidArgument(
      `Invalid file object ${inspect(fileobj, { depth: 0 })}: give a descriptor, or an object that has one as \`fd\``,
    );
  }
  if (fd < 0) throw invalidArgument(`Invalid file descriptor ${fd}: the file object is closed`);
  return fd;
}

/** @throws ERR_INVALID_ARG_VALUE for anything but EVENT_READ, EVENT_WRITE, or both */
export function checkEvents(events: unknown): void {
  if (events === EVENT_READ || events === EVENT_WRITE || events === (EVENT_READ | EVENT_WRITE)) return;
  throw invalidEvents(events);
}

/** @throws ERR_INVALID_ARG_VALUE for what has no bits at all */
export function checkNumber(events: unknown): void {
  if (!Number.isInteger(events)) throw invalidEvents(events);
}

function invalidEvents(events: unknown): Error {
  return invalidArgument(
    `Invalid events ${inspect(events)}: give EVENT_READ, EVENT_WRITE, or both joined by |`,
  );
}

/**
 * EVENT_ bits for the kernel's: errors and hang-ups are bits of their own, and count as both.
 *
 * @param readable POLLIN or EPOLLIN
 * @param writable POLLOUT or EPOLLOUT
 */
export function readiness(events: number, readable: number, writable: number): number {
  return (events & ~writable ? EVENT_READ : 0) | (events & ~readable ? EVENT_WRITE : 0);
}
