import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Message } from "./messages.ts";

/** As much of a child's standard error as an error message can do with. */
const STDERR_LENGTH_MAX = 2000;

/** How long a child may take for what needs no time to speak of. */
const ANSWER_MS_MAX = 10_000;

/** How a child program is started. */
export interface ChildOptions {
  /** The CPU that it is pinned to, by taskset(1); null: none. */
  readonly cpu: number | null;
  /** Kills the child. */
  readonly signal: AbortSignal;
}

/** A program that the lab runs in a process of its own, and asks by messages. */
export class ChildProgram {
  private readonly name: string;
  private readonly child: ChildProcess;
  private readonly closed: Promise<unknown>;
  private stderr = "";
  private error: Error | undefined;
  /** What it was warned of, in the words of the warnings. */
  readonly warnings: string[] = [];

  /** @param name what it is, for messages */
  constructor(name: string, program: URL, args: readonly string[], { cpu, signal }: ChildOptions) {
    this.name = name;
    const command = [process.execPath, fileURLToPath(program), ...args];
    if (cpu !== null) command.unshift("taskset", "-c", String(cpu));
    this.child = spawn(command[0]!, command.slice(1), {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      signal,
      killSignal: "SIGKILL",
    });
    this.child.on("error", (error) => {
      this.error = error;
    });
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_LENGTH_MAX);
    });
    this.child.on("message", (message: Message) => {
      if (message.type === "warned") this.warnings.push(message.warning);
    });
    this.closed = new Promise((resolve) => this.child.once("close", resolve));
  }

  get pid(): number {
    return this.child.pid!;
  }

  /**
   * Waits for a message.
   *
   * @param workMs how long the child works before it can send it. Default 0
   * @throws if the child ends, fails or hangs before it comes
   */
  receive<T extends Message["type"]>(type: T, workMs = 0): Promise<Extract<Message, { type: T }>> {
    return new Promise((resolve, reject) => {
      const hung = () => reject(new Error(`${this.name} hangs: it does not say that it is ${type}`));
      const timer = setTimeout(hung, workMs + ANSWER_MS_MAX);
      const settle = (message: Message | null) => {
        if (message?.type === "warned") return;
        clearTimeout(timer);
        this.child.off("message", settle);
        if (message?.type === type) resolve(message as Extract<Message, { type: T }>);
        else if (message?.type === "failed") reject(new Error(`${this.name}: ${message.reason}`));
        else reject(this.death());
      };
      this.child.on("message", settle);
      // Also if it has ended already.
      this.closed.then(() => settle(null));
    });
  }

  /** Sends a message and waits for the answer, as {@link receive} does. */
  ask<T extends Message["type"]>(
    message: Message,
    type: T,
    workMs = 0,
  ): Promise<Extract<Message, { type: T }>> {
    const answer = this.receive(type, workMs);
    // A child that has ended cannot be told anything, which `receive` reports.
    this.child.send(message, () => {});
    return answer;
  }

  /** Ends the child, which has nothing to lose, and waits until it is gone. @returns how it ended, if by itself */
  async stop(): Promise<Error | null> {
    this.child.kill("SIGKILL");
    await this.closed;
    return this.child.signalCode === "SIGKILL" ? null : this.death();
  }

  private death(): Error {
    if (this.error) return this.error;
    const { exitCode, signalCode } = this.child;
    const how = signalCode === null ? `with exit status ${exitCode}` : `by ${signalCode}`;
    const said = this.stderr.trim();
    return new Error(`${this.name} ended ${how}${said ? `, saying:\n${said}` : ""}`);
  }
}
