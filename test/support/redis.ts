/** A real Redis, and workers beside it, in processes of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { missing, Program } from "./programs.ts";

const command = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const tasks = fileURLToPath(new URL("./worker-tasks.js", import.meta.url));

/** Why tests with Redis cannot run here, or false. */
export const noRedis = missing("redis-server", "--version");

/** A Redis on a Unix socket, which nothing that was answered is lost of, whatever ends it. */
export class TestRedis {
  private readonly folder = mkdtempSync(join(tmpdir(), "pentio-redis-"));
  readonly url = join(this.folder, "socket");
  private server: ChildProcess | undefined = undefined;

  static async start(): Promise<TestRedis> {
    const redis = new TestRedis();
    await redis.start();
    return redis;
  }

  /** Starts it, also once more with what it knew. */
  async start(): Promise<void> {
    const durable = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
    const place = ["--port", "0", "--unixsocket", this.url, "--dir", this.folder];
    this.server = spawn("redis-server", [...place, ...durable], { stdio: ["ignore", "pipe", "inherit"] });
    await untilSaid(this.server, "stdout", /ready to accept connections/i);
  }

  /** Ends it and waits until it has ended. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const ended = once(this.server!, "exit");
    this.server!.kill(signal);
    await ended;
  }

  /** Ids of the jobs of a queue, in whatever state. */
  async jobs(queue = "pentio"): Promise<string[]> {
    return this.ask(async (client) => {
      const keys = await client.keys(`pentio:${queue}:*`);
      return keys.flatMap((key) => /:([0-9a-f]{8}-[0-9a-f-]{27})$/.exec(key)?.[1] ?? []);
    });
  }

  /** Has it forget everything. */
  async forget(): Promise<void> {
    await this.ask((client) => client.flushall());
  }

  /** Ends it for good. */
  async remove(): Promise<void> {
    if (this.server!.exitCode === null && this.server!.signalCode === null) await this.stop("SIGKILL");
    rmSync(this.folder, { recursive: true });
  }

  private async ask<T>(question: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(this.url);
    try {
      return await question(client);
    } finally {
      client.disconnect();
    }
  }
}

/**
 * `pentio worker` with the functions of worker-tasks.ts, when it takes jobs. On a machine that is busy it may be late to say that it
 * is there, so its lock is long: else its calls would be made twice.
 */
export async function startWorker(redis: TestRedis, ...options: string[]): Promise<Program> {
  const program = workerProgram("--redis", redis.url, "--lock", "30", "--modules", tasks, ...options);
  await untilSaid(program.child, "stderr", / serve queue /);
  return program;
}

/** `pentio worker`, whatever it does. */
export function workerProgram(...options: string[]): Program {
  const env = { ...process.env, PENTIO_SLOW_MS: "Infinity" };
  return new Program([process.execPath, command, "worker", ...options], env);
}

/** Waits until a process says something, from now on. */
export function untilSaid(child: ChildProcess, where: "stdout" | "stderr", pattern: RegExp): Promise<void> {
  let said = "";
  return new Promise((resolve, reject) => {
    const stream = child[where]!;
    stream.on("data", (text) => {
      said += text;
      if (pattern.test(said)) resolve();
    });
    stream.once("end", () => reject(new Error(`ended before ${pattern}: ${said}`)));
  });
}
