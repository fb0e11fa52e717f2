import { setMaxListeners } from "node:events";
import { ChildProgram } from "./child-program.ts";
import type { Contender, LoadResult, Placement, SystemCalls } from "./report.ts";
import { type Accounting, processesOf, readAccounting } from "./server-accounting.ts";
import { countSystemCalls } from "./system-calls.ts";

const loadGenerator = new URL("./load-generator.js", import.meta.url);

/** The load generator looks after its connections itself, and says by then which of them wait. */
const LOAD_MS_MAX = 60_000;

/** What is the same for every server. */
export interface ContestSetting {
  /** Bytes of a request, and so of its reply. */
  readonly size: number;
  /** The model of the load generator. */
  readonly loadModel: string;
  readonly placement: Placement | null;
  /** Kills the children. */
  readonly signal: AbortSignal;
}

/** What the load generator saw, and what the server's account says of the same time. */
export interface Round {
  readonly load: LoadResult;
  readonly before: Accounting;
  readonly after: Accounting;
}

/**
 * Echo servers that take turns under the load of one generator. They live as long as the contest and have connections
 * only in their turns, so that rounds can be interleaved: what else the machine does meanwhile then meets all of them.
 */
export class EchoContest {
  private readonly setting: ContestSetting;
  private readonly load: ChildProgram;
  private readonly ready: Promise<unknown>;
  private readonly servers: EchoServer[] = [];

  constructor(setting: ContestSetting) {
    this.setting = setting;
    // Each child listens to it.
    setMaxListeners(0, setting.signal);
    const args = [setting.loadModel, String(setting.size)];
    const { placement, signal } = setting;
    this.load = new ChildProgram("the load generator", loadGenerator, args, {
      cpu: placement?.loadCpu ?? null,
      signal,
    });
    this.ready = this.load.receive("ready");
    // Who waits for it is told; until then nobody may.
    this.ready.catch(() => {});
  }

  /** Starts a server. @throws why it did not start */
  async enter({ name, program, args }: Contender): Promise<EchoServer> {
    const { placement, signal } = this.setting;
    const child = new ChildProgram(`the echo server on ${name}`, program, args, {
      cpu: placement?.serverCpu ?? null,
      signal,
    });
    try {
      const { port } = await child.receive("listening");
      await this.ready;
      const server = new EchoServer(name, port, child, this.load, signal);
      this.servers.push(server);
      return server;
    } catch (error) {
      throw (await child.stop()) ?? error;
    }
  }

  /** Ends all children, and waits until they are gone. */
  async stop(): Promise<void> {
    await Promise.all([this.load.stop(), ...this.servers.map((server) => server.stop())]);
  }
}

/** A server in the contest. */
export class EchoServer {
  readonly name: string;
  private readonly port: number;
  private readonly child: ChildProgram;
  private readonly load: ChildProgram;
  private readonly signal: AbortSignal;

  constructor(name: string, port: number, child: ChildProgram, load: ChildProgram, signal: AbortSignal) {
    this.name = name;
    this.port = port;
    this.child = child;
    this.load = load;
    this.signal = signal;
  }

  /** What it was warned of. */
  get warnings(): readonly string[] {
    return this.child.warnings;
  }

  /**
   * Gives it connections, lets `work` make requests on them, and ends them.
   *
   * @param work is given what sends requests for so many seconds, and tells how that went
   * @throws why it did not work; if the server has died, that is the cause, and what the load generator noticed the
   *     consequence
   */
  async turn<T>(connections: number, work: (run: (seconds: number) => Promise<Round>) => Promise<T>) {
    const { port, load } = this;
    try {
      const connect = { type: "connect", port, connections } as const;
      await load.ask(connect, "connected", LOAD_MS_MAX);
      const result = await work((seconds) => this.run(seconds));
      const end = { type: "finish", port } as const;
      const { excessBytes } = await load.ask(end, "finished", LOAD_MS_MAX);
      if (excessBytes > 0) throw new Error(`the server sent ${excessBytes} bytes after the last reply`);
      return result;
    } catch (error) {
      throw (await this.child.stop()) ?? error;
    }
  }

  /** Counts its system calls while `work` makes requests. */
  async countSystemCalls(work: () => Promise<Round>): Promise<SystemCalls> {
    const counter = await countSystemCalls(processesOf(this.child.pid), this.signal);
    if (typeof counter === "string") return { perRequest: null, reason: counter };
    let calls = Number.NaN;
    let requests = 0;
    try {
      ({ requests } = (await work()).load);
    } finally {
      calls = await counter.stop();
    }
    const { countedBy } = counter;
    if (Number.isNaN(calls)) return { perRequest: null, reason: `${countedBy} gave no count` };
    if (requests === 0) return { perRequest: null, reason: "no reply came while they were counted" };
    return { perRequest: calls / requests, countedBy };
  }

  /** Ends it. */
  async stop(): Promise<void> {
    await this.child.stop();
  }

  /** Between runs nothing is in flight, so the server's account at their ends covers exactly their requests. */
  private async run(seconds: number): Promise<Round> {
    const { port, child } = this;
    const before = readAccounting(child.pid);
    const order = { type: "run", port, seconds } as const;
    const { result } = await this.load.ask(order, "ran", seconds * 1000 + LOAD_MS_MAX);
    return { load: result, before, after: readAccounting(child.pid) };
  }
}
