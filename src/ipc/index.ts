/**
 * Messages between processes, and between threads.
 *
 * @module pentio/ipc
 */
export { Connection, type ConnectionOptions } from "./connection.ts";
export { BrokenConnectionError } from "./errors.ts";
export { pipe } from "./pipe.ts";
