import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The folder of the foreign servers, which is not compiled. */
export const peersFolder = fileURLToPath(new URL("../../bench/peers/", import.meta.url));

/** The path of a compiled program of the bench. */
export function program(name: string): string {
  return fileURLToPath(new URL(`./servers/${name}.js`, import.meta.url));
}

export interface Command {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** The processor that it is pinned to, where there are two and util-linux's taskset; null: all of them are its. */
  readonly processor: number | null;
  readonly folder?: string | undefined;
}

const canPin = spawnSync("taskset", ["-c", "1", "true"]).status === 0;

/** Whether programs are pinned here. */
export const pinned = canPin;

/** Starts a program. Its standard error is ours. */
export function start({ command, environment, processor, folder }: Command): ChildProcess {
  const line = canPin && processor !== null ? ["taskset", "-c", String(processor), ...command] : [...command];
  const child = spawn(line[0]!, line.slice(1), {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "inherit"],
  });
  // Who writes to a program that has ended hears of its end.
  child.stdin.on("error", () => {});
  return child;
}

/** How a program has ended; null: it goes on. */
export function endOf({ exitCode, signalCode, spawnargs }: ChildProcess): Error | null {
  if (exitCode === null && signalCode === null) return null;
  const how = signalCode === null ? `with exit status ${exitCode}` : `by ${signalCode}`;
  return new Error(`${spawnargs.join(" ")} ended ${how}`);
}

/** The program's next lines, one at a time; fails if it ends before. */
export function lines(child: ChildProcess): () => Promise<string> {
  const iterator = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await iterator.next();
    if (done) throw new Error(`${child.spawnargs.join(" ")} ended without an answer`);
    return value;
  };
}

/** Starts a server, whose first argument is a free port, and waits until it listens. `next` gives its further lines. */
export async function startServer(command: Command, ...args: string[]) {
  const port = await freePort();
  const server = start({ ...command, command: [...command.command, String(port), ...args] });
  const next = lines(server);
  const line = await next();
  if (line !== `listening ${port}`) throw new Error(`${command.command.join(" ")} said "${line}"`);
  return { server, port, next };
}

/** How long a program may take to end when it is asked to. */
const ENDING_MS_MAX = 10_000;

/** Ends a program and waits for it. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), ENDING_MS_MAX);
  await ended;
  clearTimeout(timer);
}

/** Runs a program to its end and returns the last line that it printed. */
export async function lastLine(command: Command): Promise<string> {
  const child = start(command);
  let last = "";
  for await (const line of createInterface({ input: child.stdout! })) last = line;
  if (child.exitCode === null && child.signalCode === null)
    await new Promise((resolve) => child.once("exit", resolve));
  if (child.exitCode !== 0)
    throw new Error(`${command.command.join(" ")} failed (${child.exitCode}): ${last}`);
  return last;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
