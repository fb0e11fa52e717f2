/** What strace(1) saw a program do. */
import { readFileSync } from "node:fs";

/** One system call of a traced program. */
export interface SystemCall {
  /** The thread that made it; the main thread's number is that of the process. */
  readonly thread: number;
  readonly name: string;
  readonly args: string;
  /** As strace prints it: a number, or for example "-1 EAGAIN (Resource temporarily unavailable)". */
  readonly result: string;
  /** When it began and when it returned, in milliseconds since the epoch; infinite if it has not. */
  readonly beganAt: number;
  readonly returnedAt: number;
}

/** All by which data can be moved or waited for or reach the disk, and what makes descriptors block or not. */
const traced = [
  ...["read", "readv", "pread64", "preadv", "recvfrom", "recvmsg", "recvmmsg"],
  ...["write", "writev", "pwrite64", "pwritev", "sendto", "sendmsg", "sendmmsg"],
  ...["accept", "accept4", "fcntl", "ioctl"],
  ...["poll", "ppoll", "select", "pselect6", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2"],
  ...["signalfd4", "io_uring_enter", "io_submit", "io_getevents"],
  ...["fsync", "renameat2"],
];

/** The command that runs another under strace, every thread of it, and writes to a file. */
export function straceTo(file: string): string[] {
  // A question mark: not every architecture has each of them.
  const calls = traced.map((name) => `?${name}`).join(",");
  return ["strace", "-f", "-y", "-v", "-ttt", "-T", "-s", "0", "-o", file, "-e", `trace=${calls}`];
}

const start = /^(\d+) +(\d+\.\d+) /;
const whole = /^(\w+)\((.*)\) += (.*) <(\d+\.\d+)>$/;
const cutShort = /^(\w+\(.*) <unfinished \.\.\.>$/;
const goesOn = /^<\.\.\. \w+ resumed>(.*)$/;

/** What strace writes when a call begins, before anybody knows what comes of it. */
const opening = /^(\w+)\((.*)$/;

/** Reads what {@link straceTo} wrote: calls in the order in which they returned, and then those that have not, so far. */
export function readStrace(file: string): SystemCall[] {
  const calls: SystemCall[] = [];
  /** By thread: the first half of a call, where others got in between. */
  const halves = new Map<string, { text: string; beganAt: string }>();
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const [prefix, thread, at] = start.exec(line) ?? [];
    if (prefix === undefined || thread === undefined || at === undefined) continue;
    const text = line.slice(prefix.length);
    const half = cutShort.exec(text);
    if (half) {
      halves.set(thread, { text: half[1]!, beganAt: at });
      continue;
    }
    const rest = goesOn.exec(text);
    const first = rest && halves.get(thread);
    halves.delete(thread);
    const call = first ? parseCall(thread, first.beganAt, first.text + rest[1]) : parseCall(thread, at, text);
    if (call) calls.push(call);
    else if (!rest) halves.set(thread, { text, beganAt: at });
  }
  for (const [thread, { text, beganAt }] of halves) {
    const [, name, args] = opening.exec(text) ?? [];
    if (name === undefined || args === undefined) continue;
    const returnedAt = Number.POSITIVE_INFINITY;
    calls.push({
      thread: Number(thread),
      name,
      args,
      result: "",
      beganAt: Number(beganAt) * 1000,
      returnedAt,
    });
  }
  return calls;
}

function parseCall(thread: string, at: string, text: string): SystemCall | undefined {
  const [, name, args, result, seconds] = whole.exec(text) ?? [];
  if (name === undefined || args === undefined || result === undefined) return undefined;
  const beganAt = Number(at) * 1000;
  const returnedAt = beganAt + Number(seconds) * 1000;
  return { thread: Number(thread), name, args, result, beganAt, returnedAt };
}

/**
 * The calls that have a socket among their arguments: alone, in the array of poll(2) or in a set of select(2), by this
 * descriptor of the socket's or by another.
 */
export function callsOn(calls: readonly SystemCall[], fd: number): SystemCall[] {
  const named = new RegExp(`(?<!\\d)${fd}(<(?:socket|TCP):[^>]*>)`);
  const sockets = new Set(
    calls.map(({ args }) => named.exec(args)?.[1]).filter((name) => name !== undefined),
  );
  return calls.filter(({ args }) => [...sockets].some((name) => args.includes(name)));
}
