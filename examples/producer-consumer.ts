/**
 * A producer and a consumer that take turns, the classic of coroutines, twice: with generators alone, where the producer
 * resumes the consumer by hand, and as two tasks with channels between them. Both print the same lines.
 *
 *     node dist/examples/producer-consumer.js
 */
import { Channel, each, run, spawn } from "pentio";

function* consumer(): Generator<string, void, number> {
  let answer = "";
  while (true) {
    const n = yield answer;
    console.log(`[CONSUMER] Consuming ${n}...`);
    answer = "200 OK";
  }
}

function produce(consumer: Generator<string, void, number>) {
  // A generator begins with the first next(), which cannot hand it anything.
  consumer.next();
  for (let n = 1; n <= 5; n++) {
    console.log(`[PRODUCER] Producing ${n}...`);
    const { value } = consumer.next(n);
    console.log(`[PRODUCER] Consumer return: ${value}`);
  }
  consumer.return();
}

console.log("with generators:");
produce(consumer());

function* consume(products: Channel<number>, answers: Channel<string>) {
  for (const product of yield* each(products)) {
    console.log(`[CONSUMER] Consuming ${product}...`);
    yield* answers.send("200 OK");
    yield* each.next();
  }
}

console.log("with channels:");
await run(function* producer() {
  using products = new Channel<number>();
  const answers = new Channel<string>();
  yield* spawn(() => consume(products, answers));
  for (let n = 1; n <= 5; n++) {
    console.log(`[PRODUCER] Producing ${n}...`);
    yield* products.send(n);
    console.log(`[PRODUCER] Consumer return: ${yield* answers.receive()}`);
  }
});
