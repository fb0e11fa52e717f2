let report: (value: unknown) => void = () => {};

/**
 * In a worker: tells how far the call is that is being made. The caller finds it in `future.progress`, and in the callbacks of
 * `future.addProgressCallback()`. In a thread or process that is no worker's it has no effect.
 *
 * ```
 * import { progress } from "pentio/executors/worker";
 * for (const [at, file] of files.entries()) { index(file); progress(at / files.length); }
 * ```
 *
 * @param value plain data, of your choice. What a call has left running when it ended tells it of the call that comes after it
 * @throws DataCloneError for what cannot be sent
 */
export function progress(value: unknown): void {
  report(value);
}

/** Has progress told in a way. */
export function reportProgress(way: (value: unknown) => void): void {
  report = way;
}
