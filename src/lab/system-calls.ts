import { type ChildProcess, spawn } from "node:child_process";

/** How long a tool may take to attach to the server. */
const ATTACH_MS_MAX = 5000;

/** A tool that counts the system calls of processes. */
interface Tool {
  readonly name: "perf" | "strace";
  command(pids: readonly number[]): [string, ...string[]];
  /** What it says on its standard output or error once it counts, perhaps of each process. */
  readonly attached: RegExp;
  readonly tellsEach: boolean;
  /** Makes it stop and print what it has counted. */
  detach(child: ChildProcess): void;
  /** The count in what it printed; NaN if there is none. */
  parse(text: string): number;
}

/** The better tool first: perf counts in the kernel, strace stops the server at every call. */
const tools: readonly Tool[] = [
  {
    name: "perf",
    // Counts while the command runs: `cat` ends when its input does, which the kernel closes even if the lab is killed.
    command: (pids) => [
      "perf",
      ...["stat", "-x", ",", "-e", "raw_syscalls:sys_enter", "-p", pids.join(",")],
      ...["--", "sh", "-c", "echo attached; exec cat"],
    ],
    attached: /attached/g,
    tellsEach: false,
    detach: (child) => child.stdin!.end(),
    parse: (text) => Number(/^(\d+),.*raw_syscalls/m.exec(text)?.[1] ?? Number.NaN),
  },
  {
    name: "strace",
    command: (pids) => ["strace", "-c", "-f", ...pids.flatMap((pid) => ["-p", String(pid)])],
    attached: /attached/g,
    tellsEach: true,
    detach: (child) => child.kill("SIGINT"),
    parse: parseStraceTotal,
  },
];

/** A count that goes on. */
export interface SystemCallCounter {
  readonly countedBy: "perf" | "strace";
  /** Ends the count. @returns the number of system calls; NaN if the tool did not tell */
  stop(): Promise<number>;
}

/** Starts counting the system calls of processes by the best tool that works here. @returns the reason if none does */
export async function countSystemCalls(
  pids: readonly number[],
  signal: AbortSignal,
): Promise<SystemCallCounter | string> {
  const refusals: string[] = [];
  for (const tool of tools) {
    const result = await attach(tool, pids, signal);
    if (typeof result !== "string") return result;
    refusals.push(result);
  }
  return refusals.join("; ");
}

async function attach(
  tool: Tool,
  pids: readonly number[],
  signal: AbortSignal,
): Promise<SystemCallCounter | string> {
  const [file, ...args] = tool.command(pids);
  const times = tool.tellsEach ? pids.length : 1;
  const env = { ...process.env, LC_ALL: "C" };
  const child = spawn(file, args, { env, signal, killSignal: "SIGKILL" });
  let text = "";
  let error: NodeJS.ErrnoException | undefined;
  child.on("error", (cause) => {
    error = cause;
  });
  const closed = new Promise((resolve) => child.once("close", resolve));
  const attached = new Promise<boolean>((resolve) => {
    const hear = (said: string) => {
      text += said;
      if ((text.match(tool.attached)?.length ?? 0) >= times) resolve(true);
    };
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    closed.then(() => resolve(false));
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), ATTACH_MS_MAX);
  const works = await attached;
  clearTimeout(timer);
  if (!works) {
    if (error?.code === "ENOENT") return `${tool.name} is not installed`;
    return `${tool.name} may not look at other processes here: ${(error?.message ?? text).trim().split("\n")[0]}`;
  }
  return {
    countedBy: tool.name,
    async stop() {
      tool.detach(child);
      await closed;
      return tool.parse(text);
    },
  };
}

/** The number under the heading `calls` in the line of totals. */
function parseStraceTotal(text: string): number {
  const lines = text.split("\n");
  const heading = lines.find((line) => line.includes("usecs/call")) ?? "";
  const total = lines.find((line) => line.endsWith(" total")) ?? "";
  const upToCalls = total.slice(0, heading.search(/ calls /) + " calls".length);
  return Number.parseInt(upToCalls.trim().split(/\s+/).at(-1) ?? "", 10);
}
