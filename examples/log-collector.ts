/**
 * Collects the lines of several logs in one file as they are written, and rotates it: `collected`, `collected.1` and so on to
 * `collected.9`, each with whole lines. The logs may be rotated as well.
 *
 *     node dist/examples/log-collector.js BYTES COLLECTED LOG...
 */
import { Channel, type Coroutine, each, run, spawn } from "pentio";
import { type File, lines, open, rename, rm, tail } from "pentio/fs";

const [, , size, collected, ...logs] = process.argv;
const BYTES_MAX = Number(size);
const KEPT = 9;

function* follow(log: string, into: Channel<string>): Coroutine<void> {
  for (const line of yield* each(lines(tail(log, { from: 0 })))) {
    yield* into.send(`${log}: ${line}\n`);
    yield* each.next();
  }
}

/** Each file takes the next one's name, and the last one goes. */
function* rotate(path: string): Coroutine<File> {
  yield* rm(`${path}.${KEPT}`, { force: true });
  for (let i = KEPT - 1; i >= 0; i--) {
    const from = i === 0 ? path : `${path}.${i}`;
    try {
      yield* rename(from, `${path}.${i + 1}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return yield* open(path, "a");
}

function* collect(path: string, from: Channel<string>): Coroutine<void> {
  let file = yield* open(path, "a");
  let lengthBytes = (yield* file.stat()).size;
  for (;;) {
    const line = Buffer.from(yield* from.receive());
    if (lengthBytes > 0 && lengthBytes + line.length > BYTES_MAX) {
      yield* file.close();
      file = yield* rotate(path);
      lengthBytes = 0;
      console.log(`rotated ${path}`);
    }
    lengthBytes += yield* file.write(line);
  }
}

await run(function* () {
  const channel = new Channel<string>({ capacity: 100 });
  for (const log of logs) yield* spawn(() => follow(log, channel));
  yield* collect(collected!, channel);
});
