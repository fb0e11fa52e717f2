/** `node hashing.js PROCESSES` hashes the TypeScript compiler's files and prints how many bytes it were in which time. */
import { readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ProcessPoolExecutor, workerModule } from "pentio/executors";

const ROUNDS = 40;
const FILE_BYTES_MIN = 10_000;

const work = workerModule<typeof import("./work.ts")>(new URL("./work.js", import.meta.url));
const folder = dirname(createRequire(import.meta.url).resolve("@biomejs/biome/package.json"));
const modules = join(folder, "../..");
const sizes = new Map<string, number>();
for (const name of readdirSync(modules, { recursive: true }) as string[]) {
  const stat = statSync(join(modules, name), { throwIfNoEntry: false });
  if (stat?.isFile() && stat.size >= FILE_BYTES_MIN && stat.size < 2e6)
    sizes.set(join(modules, name), stat.size);
}
const paths = Array.from({ length: ROUNDS }, () => [...sizes.keys()]).flat();
const processes = Number(process.argv[2]);
const executor = new ProcessPoolExecutor({ maxWorkers: processes });
// All of them run, and the files are in the page cache.
await Promise.all(Array.from({ length: processes }, () => executor.submit(work.hash, paths[0]!).result()));
for await (const _ of executor.map(work.hash, sizes.keys(), { chunkSize: 32 }));
const started = performance.now();
for await (const _ of executor.map(work.hash, paths, { chunkSize: 32 }));
const seconds = (performance.now() - started) / 1000;
const bytes = ROUNDS * [...sizes.values()].reduce((sum, size) => sum + size, 0);
await executor.shutdown();
console.log(JSON.stringify({ processes, files: paths.length, bytes, seconds }));
