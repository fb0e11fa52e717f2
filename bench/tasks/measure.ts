/**
 * `node measure.js MODULE FUNCTION SECONDS` measures one function of a module, `(count) => Promise`, that does something
 * `count` times: warms it up, calls it for so long, and prints what the peers in other languages print too:
 * `{"operations":…,"seconds":…,"cpuSeconds":…}`.
 */
import { pathToFileURL } from "node:url";

/** Until V8 has compiled what is hot, and has thought better of what it took for something else at first. */
const WARM_UP_SECONDS = 1;
/** Operations between two looks at the clock, unless the module exports a `batchSize` of its own. */
const BATCH_SIZE = 100_000;

type Batch = (count: number) => PromiseLike<unknown>;

const [module, name, seconds] = process.argv.slice(2);
const {
  batchSize = BATCH_SIZE,
  cpuMicrosElsewhere = () => 0,
  ...batches
} = (await import(pathToFileURL(module!).href)) as {
  readonly batchSize?: number;
  readonly cpuMicrosElsewhere?: () => number;
};
const batch = (batches as Record<string, Batch>)[name!]!;

await repeat(WARM_UP_SECONDS);
const cpu = cpuMicros();
const started = performance.now();
const operations = await repeat(Number(seconds));
const elapsedMs = performance.now() - started;
console.log(JSON.stringify({ operations, seconds: elapsedMs / 1000, cpuSeconds: (cpuMicros() - cpu) / 1e6 }));
// Timers may still stand.
process.exit();

/** Of this process with all its threads, and of what the module says that works for it elsewhere. */
function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system + cpuMicrosElsewhere();
}

/** @returns how many operations it were */
async function repeat(seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let operations = 0;
  do {
    await batch(batchSize);
    operations += batchSize;
  } while (performance.now() < end);
  return operations;
}
