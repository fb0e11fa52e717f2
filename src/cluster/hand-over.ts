import { type ChildProcess, spawn } from "node:child_process";
import { Worker as Thread } from "node:worker_threads";
import { Event } from "../sync/index.ts";
import { type Coroutine, race } from "../task/index.ts";
import type { Order } from "./messages.ts";
import type { Handler } from "./options.ts";
import { roleEnvironment } from "./role.ts";

/** Standard input, output and error and the channel come before it. */
const INHERITED = 4;

const STOP: Order = { type: "stop" };

/** A thread or process for one connection, as the one that has accepted it sees it. */
abstract class Helper {
  /** It has a descriptor of its own. */
  readonly taken = new Event();
  readonly ended = new Event();
  /** Why it has not ended well. */
  error: Error | null = null;

  abstract stop(): void;
  abstract kill(): void;

  protected end(status: number | null, what: string): void {
    // Its own handler has said what went wrong.
    if (status !== 0) this.error ??= new Error(`the ${what} of a connection has failed`);
    this.taken.set();
    this.ended.set();
  }
}

class ThreadHelper extends Helper {
  private readonly thread: Thread;

  constructor(program: string, connection: number) {
    super();
    this.thread = new Thread(program, { argv: process.argv.slice(2), env: roleEnvironment({ connection }) });
    this.thread.once("message", () => this.taken.set());
    this.thread.once("error", (error) => {
      this.error = error;
    });
    this.thread.once("exit", (status) => this.end(status, "thread"));
  }

  override stop(): void {
    this.thread.postMessage(STOP);
  }

  override kill(): void {
    this.thread.terminate();
  }
}

class ProcessHelper extends Helper {
  private readonly child: ChildProcess;

  constructor(program: string, connection: number) {
    super();
    this.child = spawn(process.execPath, [...process.execArgv, program, ...process.argv.slice(2)], {
      stdio: ["ignore", "inherit", "inherit", "ipc", connection],
      env: roleEnvironment({ connection: INHERITED }),
    });
    this.child.once("message", () => this.taken.set());
    this.child.once("error", (error) => {
      this.error = error;
      if (this.child.pid === undefined) this.end(1, "process");
    });
    this.child.once("exit", (status) => this.end(status, "process"));
  }

  override stop(): void {
    if (this.child.connected) this.child.send(STOP, () => {});
  }

  override kill(): void {
    this.child.kill("SIGKILL");
  }
}

/** A handler that has a thread or a process of its own serve each connection. */
export function handOver(per: "thread" | "process", program: string): Handler {
  const Kind = per === "thread" ? ThreadHelper : ProcessHelper;
  return function* connection(socket, { stopping }): Coroutine<void> {
    const helper = new Kind(program, socket.fd);
    try {
      yield* helper.taken.wait();
      yield* socket.close();
      yield* race([helper.ended.wait(), stopping.wait()]);
      helper.stop();
      yield* helper.ended.wait();
    } finally {
      if (!helper.ended.isSet) helper.kill();
      yield* helper.ended.wait();
    }
    if (helper.error) throw helper.error;
  };
}
