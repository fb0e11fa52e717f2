import { type ChildProcess, spawn } from "node:child_process";
import { Worker as Thread } from "node:worker_threads";
import { Event } from "../sync/index.ts";
import { type Coroutine, race, TimeoutError, timeout } from "../task/index.ts";
import type { ConnectionHandler } from "./connections.ts";
import type { Counters, Order, Report } from "./messages.ts";
import type { Settings } from "./options.ts";
import { roleEnvironment } from "./role.ts";
import { NO_COUNTERS } from "./status.ts";

/** Standard input, output and error and the channel come before it. */
const INHERITED = 4;

const STOP: Order = { type: "stop" };

/** What it has counted until then, and until now. */
type Count = (before: Counters, after: Counters) => void;

/** A thread or process for one connection, as the one that has accepted it sees it. */
abstract class Helper {
  /** It has a descriptor of its own. */
  readonly ready = new Event();
  readonly ended = new Event();
  /** Why it has ended before the connection. */
  error: Error | null = null;
  private readonly count: Count;
  private counters = NO_COUNTERS;
  private hasFinished = false;

  constructor(count: Count) {
    this.count = count;
  }

  abstract stop(): void;
  abstract kill(): void;

  protected hear(report: Report): void {
    if (report.type === "ready") {
      this.ready.set();
      return;
    }
    this.count(this.counters, report.counters);
    this.counters = report.counters;
    this.hasFinished = report.type === "finished";
  }

  /** @param ending for people */
  protected end(ending: string): void {
    // What its handler has thrown was told there, and is counted.
    if (!this.hasFinished) this.error ??= new Error(ending);
    this.ready.set();
    this.ended.set();
  }
}

class ThreadHelper extends Helper {
  private readonly thread: Thread;

  constructor(program: string, connection: number, count: Count) {
    super(count);
    this.thread = new Thread(program, { argv: process.argv.slice(2), env: roleEnvironment({ connection }) });
    this.thread.on("message", (report: Report) => this.hear(report));
    this.thread.once("error", (error) => {
      this.error = error;
    });
    this.thread.once("exit", (status) =>
      this.end(`The thread of a connection ended with exit status ${status}`),
    );
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

  constructor(program: string, connection: number, count: Count) {
    super(count);
    this.child = spawn(process.execPath, [...process.execArgv, program, ...process.argv.slice(2)], {
      stdio: ["ignore", "inherit", "inherit", "ipc", connection],
      env: roleEnvironment({ connection: INHERITED }),
    });
    this.child.on("message", (report: Report) => this.hear(report));
    this.child.once("error", (error) => {
      this.error = error;
      if (this.child.pid === undefined) this.end(error.message);
    });
    // Not "exit", which may come before the last report.
    this.child.once("close", (status, signal) => {
      const how = signal === null ? `with exit status ${status}` : `by ${signal}`;
      this.end(`The process of a connection ended ${how}`);
    });
  }

  override stop(): void {
    if (this.child.connected) this.child.send(STOP, () => {});
  }

  override kill(): void {
    this.child.kill("SIGKILL");
  }
}

/** A handler that has a thread or a process of its own serve each connection. */
export function handOver(per: "thread" | "process", { program, startMs }: Settings): ConnectionHandler {
  const Kind = per === "thread" ? ThreadHelper : ProcessHelper;
  return function* connection(socket, connections): Coroutine<void> {
    const count: Count = (before, after) => connections.countElsewhere(before, after);
    const helper = new Kind(program, socket.fd, count);
    try {
      yield* inTime(startMs, per, helper.ready);
      yield* socket.close();
      yield* race([helper.ended.wait(), connections.stopping.wait()]);
      helper.stop();
      yield* helper.ended.wait();
    } finally {
      if (!helper.ended.isSet) helper.kill();
      yield* helper.ended.wait();
    }
    if (helper.error) throw helper.error;
  };
}

/** @throws ERR_WORKER_INIT_FAILED if it is not ready by then */
function* inTime(startMs: number, per: "thread" | "process", ready: Event): Coroutine<void> {
  try {
    yield* timeout(startMs, ready.wait());
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    const late = new Error(`The ${per} of a connection has not called serve() within ${startMs} ms`);
    throw Object.assign(late, { code: "ERR_WORKER_INIT_FAILED" });
  }
}
