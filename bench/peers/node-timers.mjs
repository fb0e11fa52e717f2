// Node's own timers, for bench/tasks/measure.ts: the same work in the same portions.

export const batchSize = 1_000_000;

const DELAY_MS_MIN = 1000;

function ignore() {}

export async function timers(count) {
  const timeouts = [];
  for (let i = 0; i < count; i++) timeouts.push(setTimeout(ignore, DELAY_MS_MIN + i));
  for (const timeout of timeouts) clearTimeout(timeout);
}
