/**
 * Programs in processes of their own: Node with Pentio in ways that one process cannot try, and foreign peers.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";

const sourceUrl = new URL("../../src/", import.meta.url).href;

export interface ProgramOptions {
  /** What starts Node, such as a shell that sets a limit first. */
  readonly wrapper?: readonly string[];
  readonly env?: Record<string, string>;
  readonly nodeFlags?: readonly string[];
}

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** Lines of standard output that nobody has asked for. */
  readonly lines: readonly string[];
}

/** A program that runs. It is killed after two and a half minutes, which its end tells by `signal`. */
export class Program {
  readonly child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #end: Promise<ProgramEnd>;
  #wake = () => {};
  #closed = false;
  #stderr = "";

  constructor(command: readonly string[], env?: NodeJS.ProcessEnv) {
    const child = spawn(command[0]!, command.slice(1), { env });
    this.child = child;
    const guard = setTimeout(() => child.kill("SIGKILL"), 150_000);
    createInterface(child.stdout).on("line", (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    child.stderr.on("data", (text) => {
      this.#stderr += text;
    });
    child.stdin.on("error", () => {});
    this.#end = once(child, "close").then(([code, signal]) => {
      clearTimeout(guard);
      this.#closed = true;
      this.#wake();
      return { code, signal, stderr: this.#stderr, lines: this.#lines };
    });
  }

  /** The next line of standard output. */
  async line(): Promise<string> {
    while (this.#lines.length === 0) {
      if (this.#closed) throw new Error(`the program has ended: ${this.#stderr}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#lines.shift()!;
  }

  get hasEnded(): boolean {
    return this.#closed;
  }

  /** Sends a line to standard input. */
  send(line = ""): void {
    this.child.stdin!.write(`${line}\n`);
  }

  /** Waits for the end; there is nothing more on standard input. */
  end(): Promise<ProgramEnd> {
    this.child.stdin!.end();
    return this.#end;
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#end;
  }
}

/** Starts an ES module given as text, in which "$src/" is where Pentio's modules are. */
export function startProgram(source: string, options: ProgramOptions = {}): Program {
  const { wrapper = [], env = {}, nodeFlags = [] } = options;
  const command = [...wrapper, process.execPath, ...nodeFlags, "--input-type=module", "-e"];
  const { PENTIO_MODEL: _, NODE_TEST_CONTEXT: __, ...inherited } = process.env;
  // A machine that is busy makes anything slow, and a warning would stand among what the program writes.
  const quiet = { PENTIO_SLOW_MS: "Infinity" };
  return new Program([...command, source.replaceAll("$src/", sourceUrl)], { ...inherited, ...quiet, ...env });
}

/** Runs a program to its end. */
export function runProgram(source: string, options: ProgramOptions = {}): Promise<ProgramEnd> {
  return startProgram(source, options).end();
}

/** Runs a program that prints JSON last; fails if the program does. */
export async function programResult<T>(source: string, options: ProgramOptions = {}): Promise<T> {
  const { code, signal, lines, stderr } = await runProgram(source, options);
  if (code !== 0) throw new Error(`the program ended with ${code ?? signal}: ${stderr}`);
  return JSON.parse(lines.at(-1)!) as T;
}

/** Starts python3 on a program, until the test's end. */
export function startPython(t: TestContext, source: string, ...args: (string | number)[]): Program {
  const program = new Program(["python3", "-c", source, ...args.map(String)]);
  t.after(() => program.kill());
  return program;
}

/** What runs a program in a network of its own, from which no packet leaves, after a shell program that sets it up. */
export function isolated(setUp: string): string[] {
  return ["unshare", "--map-root-user", "--net", "--mount", "sh", "-ec", `${setUp}\nexec "$@"`, "sh"];
}

/** Why a command cannot be used here, for tests that need it; false if it can. */
export function missing(...command: string[]): string | false {
  const { status, error, stderr } = spawnSync(command[0]!, command.slice(1), { encoding: "utf8" });
  if (status === 0) return false;
  return `\`${command.slice(0, 3).join(" ")}\` does not work here: ${error?.message ?? stderr.trim()}`;
}

export const NOBODY = 65_534;

/** Even root may not do everything then: it is a user like any other. */
export const powerless = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];

/** Why there can be no files of another user here, closed to this one; false if there can. */
export function noOtherUser(): string | false {
  if (process.getuid!() !== 0) return "needs root, to make another user's files";
  return missing(...powerless, "true");
}
