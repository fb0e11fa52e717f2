import { type Check, checkAtLeast, printChecks } from "./checks.ts";
import type { BenchOptions } from "./options.ts";
import { type Candidate, load, pentioServer, setUpPeers } from "./peers.ts";
import { lastLine, peersFolder, pinned, program, startServer, stop } from "./process.ts";
import { median, table } from "./statistics.ts";

const BYTES = 2 ** 30;
const CHUNK_BYTES = 65536;

interface BulkCandidate extends Candidate {
  /** Its own program for the reading end. */
  readonly client: readonly string[] | null;
}

/** What the reading or the writing end says of a transfer. */
interface Measurement {
  readonly bytesPerSecond: number;
  readonly serverCpuNs?: number;
}

/** Who writes and who reads; the server is the one that is accounted. */
const arrangements = [
  { name: "both ends", server: "source", generator: null },
  { name: "reads", server: "sink", generator: "send" },
  { name: "writes", server: "source", generator: "receive" },
] as const;
type Arrangement = (typeof arrangements)[number];

/**
 * One connection, 1 GiB in writes of 64 KiB: between two programs on the same runtime, and each end against the generator
 * in C. The C row tells what the kernel allows: blocking calls and nothing else.
 */
export async function bulk(options: BenchOptions) {
  setUpPeers();
  const pentio = (model: string): BulkCandidate => ({
    ...pentioServer(`pentio ${model}`, `on ${model}`, "pentio-bulk", model),
    client: [process.execPath, program("pentio-bulk-client")],
  });
  const candidates: BulkCandidate[] = [
    pentio("io_uring"),
    pentio("epoll"),
    {
      name: "node",
      describe: "node:net",
      command: [process.execPath, program("node-bulk")],
      client: [process.execPath, program("node-bulk-client")],
    },
    {
      name: "c",
      describe: "blocking calls",
      command: ["build/bulk-server"],
      folder: peersFolder,
      client: null,
    },
  ];
  const results: object[] = [];
  const rows = [["program", "", "GiB/s", "CPU s/GiB", "this/node"]];
  const checks: Check[] = [];
  for (const arrangement of arrangements) {
    const taking = candidates.filter(({ client }) => client || arrangement.generator);
    const rounds: Map<string, Measurement>[] = [];
    for (let round = 1; round <= options.rounds; round++) {
      const measured = new Map<string, Measurement>();
      for (const candidate of taking) {
        process.stderr.write(`${arrangement.name}, round ${round} of ${options.rounds}: ${candidate.name}\n`);
        measured.set(candidate.name, await measure(candidate, arrangement));
      }
      rounds.push(measured);
    }
    for (const { name } of taking) {
      const throughput = rounds.map((round) => round.get(name)!.bytesPerSecond);
      const toNode = median(throughput.map((value, i) => value / rounds[i]!.get("node")!.bytesPerSecond));
      const gibPerSecond = median(throughput) / 2 ** 30;
      const cpuSecondsPerGib = median(
        rounds.map((round) => (round.get(name)!.serverCpuNs ?? Number.NaN) / 1e9),
      );
      results.push({ name, arrangement: arrangement.name, gibPerSecond, cpuSecondsPerGib, toNode });
      const figures = [gibPerSecond, cpuSecondsPerGib, toNode].map((value) =>
        Number.isNaN(value) ? "–" : value.toFixed(2),
      );
      rows.push([name, arrangement.name, ...figures]);
      // Each end alone is bounded by the kernel's work in the other program: the C rows show how little is left to win.
      if (name !== "pentio io_uring" || arrangement.generator !== null) continue;
      checks.push(checkAtLeast(`${arrangement.name} / node`, toNode, 1.2));
    }
  }
  if (!options.json) {
    console.log(table(rows));
    printChecks(checks);
  }
  return { suite: "bulk", pinned, options, results, checks };
}

async function measure(
  candidate: BulkCandidate,
  { server: part, generator }: Arrangement,
): Promise<Measurement> {
  const { server, port } = await startServer({ ...candidate, processor: 0 }, part, String(BYTES));
  try {
    if (generator === null) {
      const command = [...candidate.client!, String(port), String(BYTES)];
      return JSON.parse(
        await lastLine({ command, environment: candidate.environment, processor: 1 }),
      ) as Measurement;
    }
    const args = { port, bulk: BYTES, chunk: CHUNK_BYTES, direction: generator, pid: server.pid };
    const command = [load, ...Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)])];
    return JSON.parse(await lastLine({ command, processor: 1 })) as Measurement;
  } finally {
    await stop(server);
  }
}
