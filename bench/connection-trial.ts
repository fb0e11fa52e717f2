import { processCpuNs } from "../src/sys/index.ts";
import { type IdleServer, type Look, startIdleServer } from "./idle-server.ts";
import { load } from "./peers.ts";
import { endOf, lines, start, stop } from "./process.ts";

/** The first connections make code hot and tables grow; what comes after them is what each costs. */
const WARM_UP_CONNECTIONS = 200;
/** What takes longer has failed, however it goes on. */
const HOLDING_MS_MAX = 60_000;

/** A model and what is asked of it. */
export interface Trial {
  readonly model: string;
  readonly connections: number;
  /** Requests in flight at most. */
  readonly window: number;
  /** How long nothing may happen before the client takes what it has, in seconds. */
  readonly patience: number;
  /** The warning of the bound that the model has; null: it has none. */
  readonly warning: string | null;
  /** Whether all connections are to be held at once. */
  readonly holdsAll: boolean;
}

/** What the load generator prints. */
interface Held {
  readonly connections: number;
  /** Connections that had echoed twice while all were open. */
  readonly heldAtOnce: number;
  /** The same at the end, when those had been closed. */
  readonly answered: number;
  readonly seconds: number;
  readonly mismatches: number;
  readonly errors: number;
}

export interface Result extends Held {
  readonly model: string;
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly cpuUs: number;
  readonly warnings: Look["warnings"];
  /** What is not as it has to be. */
  readonly faults: readonly string[];
}

/** Holds the connections on a server of its own. @throws if one has failed */
export async function tryConnections(trial: Trial): Promise<Result> {
  const idle = await startIdleServer(trial.model);
  try {
    await hold(idle, { ...trial, connections: WARM_UP_CONNECTIONS }, async () => {});
    const before = await idle.look();
    const cpuNs = () => processCpuNs(idle.server.pid!);
    const started = cpuNs();
    let during = before;
    let lookingNs = 0;
    const held = await hold(idle, trial, async () => {
      lookingNs -= cpuNs();
      during = await idle.look();
      lookingNs += cpuNs();
    });
    if (held.mismatches + held.errors > 0) throw new Error(`the load generator says ${JSON.stringify(held)}`);
    const usedNs = cpuNs() - started - lookingNs;
    const { open, warnings } = await idle.look();
    if (during.open !== held.heldAtOnce)
      throw new Error(`${during.open} connections were open, and ${held.heldAtOnce} had echoed`);
    if (open !== 0) throw new Error(`${open} connections are still open after their peers have gone`);
    const each = (figure: "rss" | "heapUsed") => (during[figure] - before[figure]) / held.heldAtOnce;
    return {
      model: trial.model,
      ...held,
      rssBytes: each("rss"),
      heapBytes: each("heapUsed"),
      cpuUs: usedNs / 1e3 / held.answered,
      warnings,
      faults: faultsOf(trial, held, warnings),
    };
  } catch (error) {
    // If the server has died, that is the cause.
    throw endOf(idle.server) ?? error;
  } finally {
    idle.server.stdin!.end();
    await stop(idle.server);
  }
}

/** Lets the load generator work; `look` is called while it holds its connections. */
async function hold({ port }: IdleServer, trial: Trial, look: () => Promise<void>): Promise<Held> {
  const { connections, window, patience } = trial;
  const args = Object.entries({ port, connections, window, patience }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  const client = start({ command: [load, "--held", ...args], processor: 1 });
  const timer = setTimeout(() => client.kill("SIGKILL"), HOLDING_MS_MAX);
  try {
    const next = lines(client);
    await next();
    await look();
    client.stdin!.write("\n");
    return JSON.parse(await next()) as Held;
  } finally {
    clearTimeout(timer);
    await stop(client);
  }
}

/** What is not as it has to be, though no connection has failed. */
function faultsOf(trial: Trial, held: Held, warnings: Look["warnings"]): string[] {
  const { connections, warning, holdsAll } = trial;
  const found: string[] = [];
  if (held.answered !== connections) found.push(`${held.answered} of ${connections} were answered`);
  if (holdsAll && held.heldAtOnce !== connections)
    found.push(`${held.heldAtOnce} of ${connections} were held`);
  if (!holdsAll && held.heldAtOnce === connections) found.push(`none of ${connections} was refused`);
  if (warning !== null && !warnings.some(({ code }) => code === warning)) found.push(`no warning ${warning}`);
  return found;
}
