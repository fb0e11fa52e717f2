import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { ListenOptions, Socket } from "../net/index.ts";
import type { Event } from "../sync/index.ts";
import { checkWhole } from "../sync/index.ts";
import type { Coroutine, Operation } from "../task/index.ts";

/** What the handler is told besides the socket. */
export interface Service {
  /**
   * Set when this process stops accepting connections: for a reload, or for the end. A handler of connections that stay
   * looks at it after each request, so that it ends in good time.
   */
  readonly stopping: Event;
}

/** Serves a connection. The socket is closed when it has ended; what it throws ends this connection and nothing else. */
export type Handler = (socket: Socket, service: Service) => Coroutine<unknown> | Operation<unknown>;

/** How long to wait before a process that has ended is started again. */
export interface BackOff {
  /** Milliseconds before the first start. Default 100. It doubles with each failure. */
  readonly firstMs?: number;
  /** Milliseconds at most. Default 30,000. A process that has lived for so long starts the count anew. */
  readonly maxMs?: number;
}

/** How `serve` serves. */
export interface ServeOptions extends Omit<ListenOptions, "fd" | "reusePort" | "incomingCpu"> {
  /**
   * Processes that serve, each with a loop of its own; this one supervises them. Default: as many as there are processors
   * to use. 0: none; this process itself serves.
   */
  readonly processes?: number;
  /**
   * The classic model instead: a thread or a process for each connection, which runs the program up to `serve`, and then the
   * handler once. Each takes more than 10 MB and tens of milliseconds to start; `connectionsMax` is their bound.
   */
  readonly per?: "thread" | "process";
  /**
   * Connections that are served at once in each process; others wait until one has ended. Default: `Infinity`; with `per` 128.
   */
  readonly connectionsMax?: number;
  /**
   * `own`, the default: each process has a listening socket of its own on the port (SO_REUSEPORT), and the kernel spreads
   * connections by chance. `shared`: all accept from one socket, and who is idle takes the next. Unix sockets are shared. The
   * signal model, where one process hears of a socket, cannot share.
   */
  readonly listeners?: "own" | "shared";
  /**
   * Binds each process to a processor of its own, in turn of those that this one may use, and has it serve the connections whose
   * packets arrive there (SO_INCOMING_CPU, Linux 6.2): nothing of a request moves between processors. For clients that come in
   * on all processors: over loopback, or by a network card with as many queues. Default false. Not for shared listeners.
   */
  readonly affinity?: boolean;
  /** The program of the processes, which calls `serve` with the same handler. Default: the file that Node was started with. */
  readonly program?: string | URL;
  /** What the cluster is called in listings. Default: the program's file name. */
  readonly name?: string;
  /** Milliseconds that connections have to end when their process is to stop; then they are cancelled. Default 30,000. */
  readonly graceMs?: number;
  /**
   * Milliseconds without a byte after which a connection is idle and is half-closed when its process is to stop, if its
   * handler waits for data. Default 1,000; `Infinity`: never.
   */
  readonly idleMs?: number;
  /** Milliseconds between two heartbeats of a process. Default 1,000. */
  readonly heartbeatMs?: number;
  /** Milliseconds without a heartbeat after which a process is killed and started again. Default 10,000. */
  readonly hangMs?: number;
  /** Milliseconds that a process, or with `per` a thread, has from its start to its call of `serve`. Default 30,000. */
  readonly startMs?: number;
  readonly backOff?: BackOff;
  /** Signals to the supervisor that every process gets too. Default: SIGUSR2, which dumps the tasks. */
  readonly passOn?: readonly NodeJS.Signals[];
  /**
   * Hears of what handlers throw. Default: standard error is told, but for the everyday failures of peers (ECONNRESET,
   * EPIPE, ETIMEDOUT), which are counted only. It is called where the handler runs; and, with `per`, in the program for a thread or
   * process that ends before its connection.
   */
  readonly onError?: (error: unknown, socket: Socket) => void;
}

/** The options with their defaults. */
export interface Settings {
  readonly listen: ListenOptions;
  readonly processes: number;
  readonly per: "thread" | "process" | null;
  readonly connectionsMax: number;
  readonly isShared: boolean;
  readonly affinity: boolean;
  readonly program: string;
  readonly name: string;
  readonly graceMs: number;
  readonly idleMs: number;
  readonly heartbeatMs: number;
  readonly hangMs: number;
  readonly startMs: number;
  readonly backOff: Required<BackOff>;
  readonly passOn: readonly NodeJS.Signals[];
  readonly onError: (error: unknown, socket: Socket) => void;
}

/** What a process may take to end after its connections have had their time. */
export const ENDING_MS_MAX = 5000;

/** Threads or processes at once, as the blocking model has them. */
const CONNECTIONS_MAX = 128;

const PEERS_FAULTS = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT"]);

/** @throws ERR_OUT_OF_RANGE and ERR_INVALID_ARG_TYPE for wrong numbers, ERR_INVALID_ARG_VALUE for what does not go together */
export function completeOptions(options: ServeOptions): Settings {
  const { port, host, path, backlog, ipv6Only, noDelay, allowHalfOpen, model } = options;
  const program = programPath(options.program);
  const backOff = { firstMs: 100, maxMs: 30_000, ...options.backOff };
  const settings = {
    listen: defined({ port, host, path, backlog, ipv6Only, noDelay, allowHalfOpen, model }),
    processes: options.processes ?? availableParallelism(),
    per: options.per ?? null,
    connectionsMax: options.connectionsMax ?? (options.per ? CONNECTIONS_MAX : Number.POSITIVE_INFINITY),
    isShared: options.listeners === "shared" || path !== undefined,
    affinity: options.affinity ?? false,
    program,
    name: options.name ?? basename(program),
    graceMs: options.graceMs ?? 30_000,
    idleMs: options.idleMs ?? 1000,
    heartbeatMs: options.heartbeatMs ?? 1000,
    hangMs: options.hangMs ?? 10_000,
    startMs: options.startMs ?? 30_000,
    backOff,
    passOn: options.passOn ?? (["SIGUSR2"] as const),
    onError: options.onError ?? complain,
  };
  checkWhole("processes", settings.processes, 0);
  if (settings.connectionsMax !== Number.POSITIVE_INFINITY)
    checkWhole("connectionsMax", settings.connectionsMax, 1);
  if (options.per !== undefined) checkPer(options);
  if (settings.affinity && (settings.isShared || options.per !== undefined))
    throw invalid(
      "Connections go to the processor of a process by its own socket: leave out affinity, or path, listeners and per",
    );
  checkWhole("graceMs", settings.graceMs, 0);
  if (settings.idleMs !== Number.POSITIVE_INFINITY) checkWhole("idleMs", settings.idleMs, 1);
  checkWhole("heartbeatMs", settings.heartbeatMs, 1);
  checkWhole("hangMs", settings.hangMs, settings.heartbeatMs);
  checkWhole("startMs", settings.startMs, settings.heartbeatMs);
  checkWhole("backOff.firstMs", backOff.firstMs, 0);
  checkWhole("backOff.maxMs", backOff.maxMs, backOff.firstMs);
  return settings;
}

function checkPer({ per, processes }: ServeOptions): void {
  if (per !== "thread" && per !== "process")
    throw invalid(`per takes "thread" or "process", not ${String(per)}`);
  if (processes !== undefined)
    throw invalid(`A ${per} for each connection is a model of its own: leave out processes, or per`);
}

function invalid(message: string): Error {
  return Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_VALUE" });
}

function programPath(program: string | URL | undefined): string {
  if (program === undefined) return process.argv[1] ?? "";
  return program instanceof URL || program.startsWith("file:") ? fileURLToPath(program) : program;
}

/** Only what was given: absent and undefined are not the same to the compiler. */
function defined(options: { [Name in keyof ListenOptions]: ListenOptions[Name] | undefined }): ListenOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function complain(error: unknown): void {
  if (!PEERS_FAULTS.has(String((error as NodeJS.ErrnoException | null)?.code)))
    console.error("A connection's handler has failed:", error);
}
