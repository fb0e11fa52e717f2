/** Clusters under test: the program, its status, and clients of node:net. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ClusterStatus, ServeOptions } from "../../src/cluster/index.ts";
import { Program } from "./programs.ts";

const program = fileURLToPath(new URL("./cluster-program.js", import.meta.url));

/** Waits of tests are for events; this is against hanging only. */
const GUARD_MS = 50_000;

/** Fast enough for tests, and slow enough for a machine that is busy with other things. */
const HASTE: ServeOptions = { heartbeatMs: 100, idleMs: 200, backOff: { firstMs: 50, maxMs: 1000 } };

export interface TestOptions extends ServeOptions {
  /** A file whose existence makes the program end at its start. */
  readonly broken?: string;
  /** A file whose existence makes it wait there. */
  readonly stuck?: string;
}

/** A cluster in processes of its own, until the test's end. */
export class TestCluster {
  readonly program: Program;
  readonly file = program;
  /** Where it tells its status. */
  readonly folder: string;
  port = 0;

  private constructor(t: TestContext, options: TestOptions, env: Record<string, string>) {
    this.folder = temporaryFolder(t);
    this.program = new Program(
      [
        process.execPath,
        program,
        JSON.stringify({ ...HASTE, ...(options.per ? {} : { processes: 2 }), ...options }),
      ],
      {
        ...process.env,
        PENTIO_SLOW_MS: "Infinity",
        XDG_RUNTIME_DIR: this.folder,
        ...env,
      },
    );
    t.after(() => this.program.kill());
  }

  /** Starts it and waits until all of its processes accept connections. */
  static async start(
    t: TestContext,
    options: TestOptions = {},
    env: Record<string, string> = {},
  ): Promise<TestCluster> {
    const cluster = new TestCluster(t, options, env);
    cluster.port = Number(/^listening (\d+)$/.exec(await cluster.program.line())![1]);
    await cluster.until(({ processes }) => processes.every(({ state }) => state === "serving"), "all serve");
    return cluster;
  }

  get pid(): number {
    return this.program.child.pid!;
  }

  /** Waits until standard error says something, and gives all that it has said until then and since now. */
  complaint(pattern: RegExp): Promise<string> {
    let said = "";
    return new Promise((resolve) => {
      this.program.child.stderr!.on("data", (text) => {
        said += text;
        if (pattern.test(said)) resolve(said);
      });
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.program.child.kill(signal);
  }

  /** What it says of itself. */
  async status(): Promise<ClusterStatus> {
    return JSON.parse((await this.connectToStatus().toArray()).join("")) as ClusterStatus;
  }

  connectToStatus(): net.Socket {
    return net.connect(join(this.folder, "pentio", `cluster-${this.pid}.sock`));
  }

  /** Waits until its status is as told, and gives it. */
  async until(condition: (status: ClusterStatus) => boolean, what: string): Promise<ClusterStatus> {
    for (const end = Date.now() + GUARD_MS; ; await delay(20)) {
      const status = await this.status().catch(() => null);
      if (status && condition(status)) return status;
      if (Date.now() > end) assert.fail(`never happened: ${what}: ${JSON.stringify(status)}`);
    }
  }

  async pids(): Promise<number[]> {
    return (await this.status()).processes.map(({ pid }) => pid!);
  }

  connect(): Promise<Client> {
    return Client.connect(this.port);
  }

  /** A connection of its own for one line. */
  async ask(line: string): Promise<string | null> {
    const client = await this.connect();
    const answer = await client.ask(line);
    client.end();
    return answer;
  }

  /** A client of the process in a slot: which one takes a connection is chance, and it may end before it answers. */
  async connectTo(slot: number): Promise<Client> {
    for (;;) {
      const client = await this.connect();
      const place = await client.ask("where");
      if (place === `${(await this.pids())[slot]} 0`) return client;
      client.end();
    }
  }
}

/** A connection of node:net that sends lines and gets lines. */
export class Client {
  readonly socket: net.Socket;
  private readonly lines: AsyncIterator<string>;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    const lines = createInterface({ input: socket });
    this.lines = lines[Symbol.asyncIterator]();
    // A connection that is reset has no `end`, for which alone the interface waits.
    socket.once("close", () => lines.close());
  }

  /** @throws what the connection fails with */
  static connect(port: number): Promise<Client> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: false });
      socket.once("error", reject);
      socket.once("connect", () => resolve(new Client(socket)));
    });
  }

  send(line: string): void {
    this.socket.write(`${line}\n`);
  }

  /** The next line; null at the end. */
  async line(): Promise<string | null> {
    const { done, value } = await this.lines.next();
    return done ? null : value;
  }

  ask(line: string): Promise<string | null> {
    this.send(line);
    return this.line();
  }

  end(): void {
    this.socket.destroy();
  }
}

/** A program, for `runProgram`, that serves with one process when it calls `serve` with `options`; that runs the same source. */
export function clusterProgram(source: string): string {
  return `
import { serve } from "$src/cluster/index.js";
import { run } from "$src/index.js";
import net from "node:net";
const options = { host: "127.0.0.1", processes: 1, program: "-", heartbeatMs: 100 };
${source}`;
}

/** Waits until processes have ended. */
export async function gone(pids: readonly number[]): Promise<void> {
  for (const end = Date.now() + GUARD_MS; pids.some(isAlive); await delay(20)) {
    if (Date.now() > end) assert.fail(`they still run: ${pids.filter(isAlive)}`);
  }
}

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "pentio-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Whether it runs; who has ended and is still to be collected by its parent does not. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}
