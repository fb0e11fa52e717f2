/** CLOCK_MONOTONIC in microseconds, to the nanosecond: one clock for all threads and processes of the machine. */
export function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + nanoseconds / 1e3;
}
