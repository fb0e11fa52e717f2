// What the language itself offers, for bench/tasks/measure.ts: the same work in the same portions.

/** Async functions at a time: as many tasks as Pentio begins before others have their turn. */
const GROUP = 64;

async function* numbers(count) {
  for (let i = 0; i < count; i++) yield i;
}

async function nothing() {}

export async function channel(count) {
  let sum = 0;
  for await (const number of numbers(count)) sum += number;
  if (sum !== (count * (count - 1)) / 2) throw new Error(`not what was sent: ${sum}`);
}

export async function spawning(count) {
  for (let begun = 0; begun < count; ) {
    const promises = [];
    for (; begun < count && promises.length < GROUP; begun++) promises.push(nothing());
    await Promise.all(promises);
  }
}

export async function joining(count) {
  for (let i = 0; i < count; i++) await nothing();
}
