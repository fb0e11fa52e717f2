/**
 * liburing for TypeScript: rings over memory shared with the kernel, with the names of liburing and of the kernel.
 * The floor of Pentio's io_uring driver, for those who want to build on it themselves.
 *
 * @module pentio/uring
 */
export { BufferRing } from "./buffer-ring.ts";
export * from "./constants.ts";
export * from "./prepare.ts";
export { supportedOpcodes } from "./probe.ts";
export { Ring, type RingOptions } from "./ring.ts";
export { COMPLETION_WORDS } from "./ring-memory.ts";
