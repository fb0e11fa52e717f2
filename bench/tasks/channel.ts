/** Numbers through a channel, from one task to another. */
import { Channel, run, spawn } from "pentio";

export const rendezvous = (count: number) => pass(count, 0);
export const capacity1 = (count: number) => pass(count, 1);
export const capacity64 = (count: number) => pass(count, 64);

function pass(count: number, capacity: number) {
  return run(function* receiver() {
    const channel = new Channel<number>({ capacity });
    yield* spawn(function* sender() {
      for (let i = 0; i < count; i++) yield* channel.send(i);
    });
    let sum = 0;
    for (let i = 0; i < count; i++) sum += yield* channel.receive();
    if (sum !== (count * (count - 1)) / 2) throw new Error(`not what was sent: ${sum}`);
  });
}
