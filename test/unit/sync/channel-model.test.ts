/** Channels and queues against simple models, on random programs: fast-check shrinks what fails and prints its seed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Channel, Queue, type SendOperation } from "../../../src/sync/index.ts";
import { type Body, run, type Task } from "../../../src/task/index.ts";
import { turns } from "../support/operations.ts";

interface Item {
  readonly id: number;
  readonly priority: number;
}

type Step =
  | { readonly does: "send" | "trySend"; readonly priority: number }
  | { readonly does: "receive" | "next" | "tryReceive" | "close" }
  | { readonly does: "cancel"; readonly which: number };

const priority = fc.integer({ min: 0, max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ does: fc.constant("send" as const), priority }) },
  { weight: 5, arbitrary: fc.record({ does: fc.constantFrom("receive" as const, "next" as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("trySend" as const), priority }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("tryReceive" as const) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant("cancel" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("close" as const) }) },
);

const byPriority = (a: Item, b: Item) => b.priority - a.priority;

/** What is tested: as channel and as its model's order. */
const kinds = [
  ...[0, 1, 3, Number.POSITIVE_INFINITY].map((capacity) => ({
    name: `a channel with a capacity of ${capacity}`,
    make: () => new Channel<Item>({ capacity }),
    compare: () => 0,
  })),
  ...[1, 3, Number.POSITIVE_INFINITY].map((capacity) => ({
    name: `a queue with a capacity of ${capacity}`,
    make: () => new Queue<Item>({ compare: byPriority, capacity }),
    compare: byPriority,
  })),
];

/** What a channel is, in arrays. Outcomes are told by the number of the step. */
class Model {
  readonly outcomes: string[] = [];
  buffer: Item[] = [];
  private senders: { at: number; item: Item }[] = [];
  private receivers: number[] = [];
  private closed = false;
  private readonly capacity: number;
  private readonly compare: (a: Item, b: Item) => number;

  constructor(capacity: number, compare: (a: Item, b: Item) => number) {
    this.capacity = capacity;
    this.compare = compare;
  }

  send(at: number, item: Item): void {
    if (this.closed) this.outcomes[at] = "ERR_CHANNEL_CLOSED";
    else if (this.trySend(item)) this.outcomes[at] = "sent";
    else this.senders.push({ at, item });
  }

  trySend(item: Item): boolean | string {
    if (this.closed) return "ERR_CHANNEL_CLOSED";
    const receiver = this.receivers.shift();
    if (receiver !== undefined) this.outcomes[receiver] = `${item.id}`;
    else if (this.buffer.length < this.capacity) this.store(item);
    else return false;
    return true;
  }

  receive(at: number): void {
    const item = this.tryReceive();
    if (item === undefined) this.receivers.push(at);
    else this.outcomes[at] = item;
  }

  tryReceive(): string | undefined {
    const first = this.buffer.shift();
    if (!first) {
      const sender = this.senders.shift();
      if (!sender) return this.closed ? "ERR_CHANNEL_CLOSED" : undefined;
      this.outcomes[sender.at] = "sent";
      return `${sender.item.id}`;
    }
    const sender = this.senders.shift();
    if (sender) {
      this.store(sender.item);
      this.outcomes[sender.at] = "sent";
    }
    return `${first.id}`;
  }

  cancel(at: number): void {
    const waits = this.receivers.includes(at) || this.senders.some((sender) => sender.at === at);
    if (waits) this.outcomes[at] = "ABORT_ERR";
    this.receivers = this.receivers.filter((other) => other !== at);
    this.senders = this.senders.filter((other) => other.at !== at);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const at of this.receivers.splice(0)) this.outcomes[at] = "ERR_CHANNEL_CLOSED";
    for (const { at } of this.senders.splice(0)) this.outcomes[at] = "ERR_CHANNEL_CLOSED";
  }

  private store(item: Item): void {
    this.buffer.push(item);
    // Sorting is stable, so equals stay in their order.
    this.buffer.sort(this.compare);
  }
}

/** The same program on the real thing, with a task for each wait. */
class Subject {
  readonly outcomes: string[] = [];
  private readonly channel: Channel<Item>;
  private readonly tasks: (Task<unknown> | undefined)[] = [];

  constructor(channel: Channel<Item>) {
    this.channel = channel;
  }

  send(at: number, item: Item): void {
    this.start(
      at,
      () => this.channel.send(item),
      () => "sent",
    );
  }

  receive(at: number): void {
    this.start(
      at,
      () => this.channel.receive(),
      ({ id }) => `${id}`,
    );
  }

  next(at: number): void {
    this.start(
      at,
      () => this.channel.next(),
      (next) => (next.done ? "ERR_CHANNEL_CLOSED" : `${next.value.id}`),
    );
  }

  cancel(at: number): void {
    this.tasks[at]?.cancel();
  }

  private start<T>(at: number, body: Body<T>, tell: (result: T) => string): void {
    const task = run(body);
    this.tasks[at] = task;
    task.then(
      (result) => {
        this.outcomes[at] = tell(result);
      },
      (error) => {
        this.outcomes[at] = (error as { code: string }).code;
      },
    );
  }
}

/** The result, or the code of the error. */
function attempt<T>(act: () => T): T | string {
  try {
    return act();
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("random programs", () => {
  for (const { name, make, compare } of kinds) {
    it(`do the same on ${name} as on its model`, async () => {
      const property = fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const channel = make();
        const subject = new Subject(channel);
        const model = new Model(channel.capacity, compare);
        for (const [at, step] of steps.entries()) {
          const item = { id: at, priority: "priority" in step ? step.priority : 0 };
          if (step.does === "send") for (const side of [model, subject]) side.send(at, item);
          else if (step.does === "receive" || step.does === "next") {
            model.receive(at);
            subject[step.does](at);
          } else if (step.does === "cancel") {
            for (const side of [model, subject]) side.cancel(step.which % (at + 1));
          } else if (step.does === "close") for (const side of [model, channel]) side.close();
          else if (step.does === "trySend") {
            assert.equal(
              attempt(() => channel.trySend(item)),
              model.trySend(item),
            );
          } else {
            const received = attempt(() => channel.tryReceive());
            assert.equal(typeof received === "object" ? `${received.id}` : received, model.tryReceive());
          }
          await turns();
          assert.deepEqual(subject.outcomes, model.outcomes);
          assert.equal(channel.size, model.buffer.length);
        }
      });
      await fc.assert(property, { numRuns: 60 });
    });

    it(`that are cancelled at any moment lose nothing and double nothing on ${name}`, async () => {
      const moment = fc.array(step, { maxLength: 12 });
      const property = fc.asyncProperty(fc.array(moment, { maxLength: 12 }), async (moments) => {
        const channel = make();
        const sends: SendOperation<Item>[] = [];
        const received: Item[] = [];
        const tasks: Task<void>[] = [];
        let id = 0;
        const start = (body: Body<void>) => {
          const task = run(body);
          task.then(null, () => {});
          tasks.push(task);
        };
        for (const steps of moments) {
          for (const step of steps) {
            if (step.does === "send" || step.does === "trySend") {
              const send = channel.send({ id: id++, priority: step.priority });
              sends.push(send);
              start(() => send);
            } else if (step.does === "cancel") {
              tasks[step.which % tasks.length]?.cancel();
            } else if (step.does === "close") {
              channel.close();
            } else {
              start(function* () {
                const next = yield* channel.next();
                if (!next.done) received.push(next.value);
              });
            }
          }
          // What was handed over may not have been taken yet when the next moment comes.
          await new Promise((resolve) => setImmediate(resolve));
        }
        await turns();
        for (const task of tasks) task.cancel();
        await turns();
        const rest: Item[] = [];
        while (channel.size > 0) rest.push(channel.tryReceive()!);
        const delivered = sends.filter((send) => send.isDelivered).map((send) => send.item.id);
        assert.deepEqual(
          [...received, ...rest].map((item) => item.id).sort((a, b) => a - b),
          delivered,
        );
      });
      await fc.assert(property, { numRuns: 60 });
    });
  }
});
