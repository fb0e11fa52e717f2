/**
 * A trace of the calls that leave JavaScript: off, and then without any cost, unless a program begins one before it loads
 * the rest.
 */
export { type CallRecord, CallTrace, type Errno, traced } from "./call-trace.ts";
export { nowUs } from "./clock.ts";
