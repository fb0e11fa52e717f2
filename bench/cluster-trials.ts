import net from "node:net";
import type { ServeOptions } from "../src/cluster/index.ts";
import { ClusterServer } from "./cluster-server.ts";
import type { BenchOptions } from "./options.ts";

/** Until compilers have done their work. */
const WARM_UP_SECONDS = 2;
const ALL_PROCESSORS = "0,1";

/**
 * Echoes per second of processes, each with a load generator of its own. The generators run on the same processors: one process
 * has one processor with its load, two have two.
 *
 * @param affinity whether each process has a processor, where its load is, too; or the kernel moves all four as it likes
 */
export async function tryScaling(
  processes: 1 | 2,
  affinity: boolean,
  { connections: [connections], seconds }: BenchOptions,
): Promise<number> {
  const processors = processes === 1 ? "0" : ALL_PROCESSORS;
  const server = await ClusterServer.start({ processes, affinity }, processors);
  try {
    const loads = Array.from({ length: processes }, (_, processor) =>
      server.load(connections!, seconds, WARM_UP_SECONDS, affinity ? String(processor) : processors),
    );
    const results = await Promise.all(loads);
    if (results.some(({ mismatches }) => mismatches > 0)) throw new Error("bytes came back wrong");
    return results.reduce((sum, { requestsPerSecond }) => sum + requestsPerSecond, 0);
  } finally {
    await server.stop();
  }
}

/** How connections that come one after the other, or all at once, are spread. */
export interface Spread {
  readonly listeners: "own" | "shared";
  readonly arrival: "in turn" | "at once";
  readonly accepted: readonly number[];
  /** The most of one process less the least, relative to the mean. */
  readonly spread: number;
}

export async function trySpread(
  listeners: Spread["listeners"],
  arrival: Spread["arrival"],
  connections: number,
): Promise<Spread> {
  const server = await ClusterServer.start({ processes: 2, listeners }, ALL_PROCESSORS);
  const clients: net.Socket[] = [];
  const connect = async () => {
    const client = net.connect(server.port, "127.0.0.1");
    clients.push(client);
    await ask(client);
  };
  try {
    if (arrival === "at once") await Promise.all(Array.from({ length: connections }, connect));
    else for (let i = 0; i < connections; i++) await connect();
    const { processes } = await server.until(
      ({ processes }) => processes.reduce((sum, { accepted }) => sum + accepted, 0) === connections,
    );
    const accepted = processes.map((process) => process.accepted);
    const spread = ((Math.max(...accepted) - Math.min(...accepted)) * accepted.length) / connections;
    return { listeners, arrival, accepted, spread };
  } finally {
    for (const client of clients) client.destroy();
    await server.stop();
  }
}

/** What clients have seen of reloads. */
export interface Reloads {
  readonly reloads: number;
  readonly served: number;
  /** Codes of errors. */
  readonly failures: readonly string[];
}

/** Clients that connect, ask once and leave, again and again, while the cluster is reloaded. */
export async function tryReloads(
  listeners: Spread["listeners"],
  reloads: number,
  clients: number,
): Promise<Reloads> {
  const server = await ClusterServer.start({ processes: 2, listeners }, ALL_PROCESSORS);
  const failures: string[] = [];
  let served = 0;
  let isOver = false;
  const client = async () => {
    while (!isOver) {
      const socket = net.connect(server.port, "127.0.0.1");
      try {
        await ask(socket);
        served++;
      } catch (error) {
        failures.push((error as NodeJS.ErrnoException).code ?? (error as Error).message);
      }
      socket.destroy();
    }
  };
  try {
    const running = Array.from({ length: clients }, client);
    for (let i = 0; i < reloads; i++) await reload(server);
    isOver = true;
    await Promise.all(running);
    return { reloads, served, failures };
  } finally {
    await server.stop();
  }
}

async function reload(server: ClusterServer): Promise<void> {
  const before = (await server.until(() => true)).processes.map(({ pid }) => pid);
  server.reload();
  await server.until(({ processes }) =>
    processes.every(
      ({ pid, state, finishing }) =>
        state === "serving" && !before.includes(pid) && !finishing.some((old) => before.includes(old)),
    ),
  );
}

/** What a form costs. */
export interface Cost {
  readonly form: string;
  readonly requestsPerSecond: number;
  /** From the client's connect to the answer on a connection that asks once. */
  readonly firstAnswerMs: number;
  readonly memoryPerConnectionBytes: number;
}

/** Coroutines, threads and processes for connections: what each costs. */
export async function tryForm(
  form: string,
  options: ServeOptions,
  connections: number,
  { seconds }: BenchOptions,
): Promise<Cost> {
  const server = await ClusterServer.start(options, ALL_PROCESSORS);
  try {
    const started = performance.now();
    const times = 10;
    for (let i = 0; i < times; i++) {
      const socket = net.connect(server.port, "127.0.0.1");
      await ask(socket);
      socket.destroy();
    }
    const firstAnswerMs = (performance.now() - started) / times;
    await server.until(({ processes: [only] }) => only!.open === 0);
    const before = server.memoryBytes;
    const clients = Array.from({ length: connections }, () => net.connect(server.port, "127.0.0.1"));
    await Promise.all(clients.map(ask));
    const memoryPerConnectionBytes = (server.memoryBytes - before) / connections;
    for (const client of clients) client.destroy();
    await server.until(({ processes: [only] }) => only!.open === 0);
    const { requestsPerSecond } = await server.load(connections, seconds, WARM_UP_SECONDS);
    return { form, requestsPerSecond, firstAnswerMs, memoryPerConnectionBytes };
  } finally {
    await server.stop();
  }
}

/** One request and its answer. @throws what the connection fails with */
function ask(socket: net.Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("close", () => reject(Object.assign(new Error("ended"), { code: "ended" })));
    socket.once("data", () => resolve());
    socket.write("hello\n");
  });
}
