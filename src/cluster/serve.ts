import { type Coroutine, currentLoop, misuse, Operation, spawn, Task } from "../task/index.ts";
import { Cluster } from "./cluster.ts";
import { ConnectionHost } from "./connection-host.ts";
import type { Form } from "./form.ts";
import { handOver } from "./hand-over.ts";
import { completeOptions, type Handler, type ServeOptions, type Settings } from "./options.ts";
import { type Role, takeRole } from "./role.ts";
import { SingleProcess } from "./single-process.ts";
import { publishStatus } from "./status-socket.ts";
import { Supervisor } from "./supervisor.ts";
import { Worker } from "./worker.ts";

let hasCluster = false;

class ServeOperation extends Operation<Cluster> {
  private readonly handler: Handler;
  private readonly options: ServeOptions;
  private task: Task<void> | null = null;

  constructor(handler: Handler, options: ServeOptions) {
    super();
    this.handler = handler;
    this.options = options;
  }

  protected override begin(): void {
    const settings = completeOptions(this.options);
    const role = takeRole();
    const body = role ? assist(role, this.handler, settings) : this.serve(settings);
    this.task = new Task(currentLoop(settings.listen.model), Task.current, body, { label: "cluster" });
  }

  protected override end(): void {
    this.task!.cancel();
    this.giveUp();
  }

  protected override giveBack(cluster: Cluster): void {
    cluster.stop().then();
  }

  private *serve(settings: Settings): Coroutine<void> {
    let form: Form;
    try {
      form = yield* open(this.handler, settings);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.succeed(new Cluster(form, this.task!));
    yield* spawn(() => publishStatus(() => form.status), { name: "status" });
    yield* form.run();
  }
}

/**
 * Serves a port with several processes: `const cluster = yield* serve(handler, { port: 8000, processes: 4 })`.
 *
 * The program is started again for each of them. There `serve` gets connections and never returns: what stands before the
 * call runs in every process, what stands after it in the supervisor alone. The supervisor holds the listening sockets and
 * hands them down; it starts again what has ended, kills what hangs, and heeds SIGTERM and SIGINT (the end in good order; at
 * once if they come again) and SIGHUP (a reload).
 *
 * In a coroutine the cluster is a child of the task that runs: that ends when the cluster has ended, and to cancel it is to
 * stop the cluster.
 *
 * @param handler serves a connection, as a coroutine
 * @throws what `listen` throws; ERR_INVALID_ARG_VALUE where there is no program to start again; ERR_INVALID_STATE for a
 *   second cluster in a program; ERR_OUT_OF_RANGE for a number that is out of its range
 */
export function serve(handler: Handler, options: ServeOptions = {}): Operation<Cluster> {
  return new ServeOperation(handler, options);
}

function* open(handler: Handler, settings: Settings): Coroutine<Form> {
  const { per, processes } = settings;
  if (per !== null)
    return yield* SingleProcess.open(settings, handOver(per, { ...settings, program: programOf(settings) }));
  if (processes === 0) return yield* SingleProcess.open(settings, handler);
  if (hasCluster) {
    throw misuse(
      "A program has one cluster, for its processes run it up to its first serve(): put the second into a program of its own",
    );
  }
  const supervisor = yield* Supervisor.open({ ...settings, program: programOf(settings) });
  hasCluster = true;
  return supervisor;
}

/** @throws ERR_INVALID_ARG_VALUE if there is none */
function programOf({ program }: Settings): string {
  if (program !== "") return program;
  const message =
    "serve() starts the program again for its processes, and this one has no file: name one as the option program";
  throw Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_VALUE" });
}

/** What a process does that serves others. */
function assist(role: Role, handler: Handler, settings: Settings): Coroutine<never> {
  return role.connection === undefined
    ? new Worker(role, handler, settings).run()
    : new ConnectionHost(role.connection, handler, settings).run();
}
