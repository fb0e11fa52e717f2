/** What a traced call was. */
import {
  EINPROGRESS,
  errnoName,
  SYS_futex,
  SYS_io_uring_enter,
  SYS_io_uring_register,
  SYS_io_uring_setup,
} from "../../sys/index.ts";
import type { CallRecord } from "../../tracing/index.ts";
import type { TracedCall } from "./timeline.ts";

/** The main thread by Node's numbers. */
const MAIN_THREAD = 0;

/** What syscall(2) is called for. */
const NAMES_BY_NUMBER: Readonly<Record<number, string>> = {
  [SYS_futex]: "futex",
  [SYS_io_uring_setup]: "io_uring_setup",
  [SYS_io_uring_enter]: "io_uring_enter",
  [SYS_io_uring_register]: "io_uring_register",
};

const WAITING_CALLS = ["select", "poll", "ppoll", "epoll_wait"];
const TRANSFERS = ["recv", "send", "read", "aio_return"];

/** A call as a time line has it. @param askedUs when the read was asked for, by the trace's clock */
export function toTracedCall(record: CallRecord, askedUs: number): TracedCall {
  return {
    name: nameOf(record),
    fromUs: roundToNs(record.fromUs - askedUs),
    toUs: roundToNs(record.toUs - askedUs),
    outcome: outcomeOf(record),
    result: record.result,
    thread: record.thread === MAIN_THREAD ? "loop" : "helper",
  };
}

function nameOf({ name, firstArgument }: CallRecord): string {
  return name === "syscall" ? (NAMES_BY_NUMBER[firstArgument] ?? name) : name;
}

function outcomeOf({ name, result, error }: CallRecord): string {
  if (error !== 0) return errnoName(-error);
  if (WAITING_CALLS.includes(name)) return "ready";
  if (TRANSFERS.includes(name)) return "bytes";
  return name === "aio_error" ? aioState(result) : "number";
}

/** aio_error(3) returns the number of an error, where the other calls set errno. */
function aioState(result: number): string {
  if (result === EINPROGRESS) return "in progress";
  return result === 0 ? "done" : errnoName(-result);
}

/** Microseconds without the digits that no clock has measured. */
export function roundToNs(us: number): number {
  return Math.round(us * 1000) / 1000;
}
