export * from "./constants.ts";
export * from "./errno.ts";
export { addressOf } from "./ffi.ts";
export * from "./memory.ts";
export * from "./node-loop.ts";
export * from "./socket-address.ts";
export * as syscalls from "./syscalls.ts";
