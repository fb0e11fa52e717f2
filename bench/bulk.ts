import { printChecks } from "./echo.ts";
import type { BenchOptions } from "./options.ts";
import { type Candidate, load, pentioServer, setUpPeers } from "./peers.ts";
import { lastLine, pinned, program, startServer, stop } from "./process.ts";
import { median, table } from "./statistics.ts";

const BYTES = 2 ** 30;
const CHUNK_BYTES = 65536;

/** The server's part in a transfer, and what the load generator does. */
const directions = [
  { server: "source", generator: "receive" },
  { server: "sink", generator: "send" },
] as const;

interface Measurement {
  readonly bytesPerSecond: number;
  readonly serverCpuNs: number;
}

/** One connection, 1 GiB in writes of 64 KiB, each way. */
export async function bulk(options: BenchOptions): Promise<unknown> {
  setUpPeers();
  const node: Candidate = {
    name: "node",
    describe: "node:net",
    command: [process.execPath, program("node-bulk")],
  };
  const candidates = [
    pentioServer("pentio io_uring", "on io_uring", "pentio-bulk", "io_uring"),
    pentioServer("pentio epoll", "on epoll", "pentio-bulk", "epoll"),
    node,
  ];
  const results: {
    name: string;
    server: string;
    gibPerSecond: number;
    cpuSecondsPerGib: number;
    toNode: number;
  }[] = [];
  for (const direction of directions) {
    const rounds: Map<string, Measurement>[] = [];
    for (let round = 1; round <= options.rounds; round++) {
      const measured = new Map<string, Measurement>();
      for (const candidate of candidates) {
        process.stderr.write(`${direction.server}, round ${round} of ${options.rounds}: ${candidate.name}\n`);
        measured.set(candidate.name, await measure(candidate, direction));
      }
      rounds.push(measured);
    }
    for (const { name } of candidates) {
      const throughput = (of: string) => rounds.map((round) => round.get(of)!.bytesPerSecond);
      results.push({
        name,
        server: direction.server,
        gibPerSecond: median(throughput(name)) / 2 ** 30,
        cpuSecondsPerGib: median(rounds.map((round) => round.get(name)!.serverCpuNs)) / 1e9,
        toNode: median(throughput(name).map((value, i) => value / throughput("node")[i]!)),
      });
    }
  }
  const checks = results
    .filter(({ name }) => name === "pentio io_uring")
    .map(({ server, toNode }) => ({
      bar: `${server} / node`,
      ratio: toNode,
      atLeast: 1.2,
      holds: toNode >= 1.2,
    }));
  if (!options.json) {
    const header = ["program", "is the", "GiB/s", "CPU s/GiB", "this/node"];
    const rows = results.map(({ name, server, gibPerSecond, cpuSecondsPerGib, toNode }) => [
      name,
      server,
      gibPerSecond.toFixed(2),
      cpuSecondsPerGib.toFixed(3),
      toNode.toFixed(2),
    ]);
    console.log(table([header, ...rows]));
    printChecks(checks);
  }
  return { suite: "bulk", pinned, options, results, checks };
}

async function measure(candidate: Candidate, direction: (typeof directions)[number]): Promise<Measurement> {
  const { server, port } = await startServer({ ...candidate, processor: 0 }, direction.server, String(BYTES));
  try {
    const args = { port, bulk: BYTES, chunk: CHUNK_BYTES, direction: direction.generator, pid: server.pid };
    const command = [load, ...Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)])];
    return JSON.parse(await lastLine({ command, processor: 1 })) as Measurement;
  } finally {
    await stop(server);
  }
}
