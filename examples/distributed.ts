/**
 * Calls on as many machines as there are workers. It needs a Redis, and a worker or more:
 *
 *     redis-server
 *     node dist/src/cli/main.js worker --modules dist/examples/tasks.js
 *     node dist/examples/distributed.js
 */
import { DistributedExecutor } from "pentio/distributed";
import { workerModule } from "pentio/executors";

const tasks = workerModule<typeof import("./tasks.ts")>(new URL("./tasks.js", import.meta.url));

// With `new ProcessPoolExecutor()` in its place all of it happens on this machine.
await using executor = new DistributedExecutor();

const thorough = executor.submit(tasks.hash.with({ timeoutMs: 60_000 }), "thorough", 100_000);
thorough.addProgressCallback((part) => console.error(`${Math.round(100 * Number(part))} %`));

for await (const digest of executor.map(tasks.hash, ["one", "two", "three"], [1, 2, 3])) {
  console.log(digest.slice(0, 16));
}
console.log((await thorough.result()).slice(0, 16));
