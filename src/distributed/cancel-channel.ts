/** The channel in Redis by which the workers of a queue are told of jobs that are to be ended: their ids. */
export function cancelChannel({
  prefix,
  queue,
}: {
  readonly prefix: string;
  readonly queue: string;
}): string {
  return `${prefix}:${queue}:cancel`;
}
