import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Tell } from "./runs.ts";

const program = fileURLToPath(new URL("../../../examples/four-kettles.js", import.meta.url));

/** Long enough for people to see who waits. */
const HEAT_MS = 2000;

/** As the program calls them: synchronous and asynchronous, of each the one that blocks first. */
const KETTLES = ["watched", "visited", "whistling", "forgotten"] as const;
const NUMBERS = [0, 1, 2, 3] as const;

/** Runs the four kettles as programs, all at once, and tells what they print. @throws if one fails */
export async function runKettles(tell: Tell, signal: AbortSignal): Promise<void> {
  if (!existsSync(program)) throw new Error(`${program} is missing: build it by npm run build`);
  tell({ type: "progress", model: null, connections: null, done: 0, total: KETTLES.length });
  await Promise.all(NUMBERS.map((kettle) => boilKettle(kettle, tell, signal)));
}

async function boilKettle(kettle: (typeof NUMBERS)[number], tell: Tell, signal: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [program, KETTLES[kettle]], {
    env: { ...process.env, HEAT_MS: String(HEAT_MS) },
    stdio: ["ignore", "pipe", "pipe"],
    signal,
    killSignal: "SIGKILL",
  });
  let firstLineAt: number | undefined;
  createInterface(child.stdout).on("line", (line) => {
    const now = performance.now();
    firstLineAt ??= now;
    tell({ type: "kettle", kettle, line, atMs: Math.round(now - firstLineAt) });
  });
  const failure = await endOf(child);
  signal.throwIfAborted();
  if (failure !== null) throw new Error(`The ${KETTLES[kettle]} kettle ${failure}`);
}

/** Waits until a child is gone and its output read. @returns how it failed */
async function endOf(child: ChildProcess): Promise<string | null> {
  let said = "";
  let error: Error | undefined;
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  child.on("error", (cause) => {
    error = cause;
  });
  await new Promise((resolve) => child.once("close", resolve));
  if (child.exitCode === 0) return null;
  return `ended with ${child.exitCode ?? child.signalCode}: ${error?.message ?? said.trim()}`;
}
