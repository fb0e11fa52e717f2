import { checkAtMost, printChecks } from "./checks.ts";
import { startIdleServer } from "./idle-server.ts";
import type { BenchOptions } from "./options.ts";
import { lines, program, start, stop } from "./process.ts";

const CONNECTIONS = 5000;
const HEAP_BYTES_MAX = 1024;

/** JavaScript heap of an idle connection that has echoed once: the difference that 5,000 of them make. */
export async function idle(options: BenchOptions) {
  const results: { model: string; heapBytes: number; externalBytes: number; rssBytes: number }[] = [];
  for (const model of ["io_uring", "epoll"]) {
    const { server, port, look } = await startIdleServer(model);
    // The first connections make code hot and tables grow; what is left then is what each costs.
    const warmUp = await hold(port, 200);
    await stop(warmUp);
    const before = await look();
    const clients = await hold(port, CONNECTIONS);
    const after = await look();
    if (after.open !== CONNECTIONS)
      throw new Error(`${after.open} connections are open instead of ${CONNECTIONS}`);
    await stop(clients);
    server.stdin!.end();
    await stop(server);
    const each = (figure: "heapUsed" | "external" | "rss") => (after[figure] - before[figure]) / CONNECTIONS;
    results.push({
      model,
      heapBytes: each("heapUsed"),
      externalBytes: each("external"),
      rssBytes: each("rss"),
    });
  }
  const checks = results.map(({ model, heapBytes }) =>
    checkAtMost(`heap bytes of an idle connection on ${model}`, heapBytes, HEAP_BYTES_MAX),
  );
  if (!options.json) printChecks(checks);
  return { suite: "idle", connections: CONNECTIONS, results, checks };
}

async function hold(port: number, count: number) {
  const command = [process.execPath, program("idle-clients"), String(port), String(count)];
  const clients = start({ command, processor: 1 });
  await lines(clients)();
  return clients;
}
