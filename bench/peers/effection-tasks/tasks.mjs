// What Effection's tasks cost, for bench/tasks/measure.ts: the same work in the same portions.
import { createChannel, run, spawn } from "effection";

/** What takes so long is looked at more often. */
export const batchSize = 10_000;

/** Tasks at a time: as many as Pentio begins before others have their turn. */
const GROUP = 64;

function* nothing() {}

export function channel(count) {
  return run(function* receiver() {
    const numbers = createChannel();
    const subscription = yield* numbers;
    yield* spawn(function* sender() {
      for (let i = 0; i < count; i++) yield* numbers.send(i);
    });
    let sum = 0;
    for (let i = 0; i < count; i++) sum += (yield* subscription.next()).value;
    if (sum !== (count * (count - 1)) / 2) throw new Error(`not what was sent: ${sum}`);
  });
}

export function spawning(count) {
  return run(function* parent() {
    for (let begun = 0; begun < count; ) {
      const tasks = [];
      for (; begun < count && tasks.length < GROUP; begun++) tasks.push(yield* spawn(nothing));
      for (const task of tasks) yield* task;
    }
  });
}

export function joining(count) {
  return run(function* parent() {
    for (let i = 0; i < count; i++) yield* yield* spawn(nothing);
  });
}
