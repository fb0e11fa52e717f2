import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { checkWhole, invalidValue } from "../sync/index.ts";
import { checkQueue, NAME_DEFAULT, REDIS_DEFAULT } from "./distributed-options.ts";
import { JobWorker } from "./job-worker.ts";
import { TaskModules } from "./task-modules.ts";

const usage = `pentio worker: make the calls of DistributedExecutors, by way of Redis

  --modules FILE...  the modules whose functions are called, and no others; the executors know them
                     by the name of the file, ./dist/tasks.js as "tasks", or NAME=FILE by another
  --redis URL        where Redis is (default: PENTIO_REDIS in the environment, where a password is
                     safer than here, or redis://127.0.0.1:6379)
  --queue NAME       the queue to serve (default: ${NAME_DEFAULT})
  --prefix NAME      what the keys in Redis begin with (default: ${NAME_DEFAULT})
  --concurrency N    calls at a time (default: processors, here ${availableParallelism()})
  --per KIND         make each call in a "process" of its own (default), or in a "thread"
  --lock SECONDS     when this worker is lost, others take over its calls after so long, and up to
                     twice that (default: 10)
  --recoveries N     times that a call is made again whose worker was lost (default: 5)
  --grace SECONDS    SIGTERM and SIGINT end it: time for calls to end, before they are given back to
                     the queue (default: 30); a second signal ends it at once
  --help             print this

Exit status: 0 when it was ended by a signal; 1 if Redis cannot be reached, and after a second signal;
2 for a wrong command line.
`;

const KINDS = ["process", "thread"] as const;

/**
 * `pentio worker`: runs until a signal ends it, and says on standard error what it does.
 *
 * @param args the command line after `worker`
 * @returns the exit status
 * @throws ERR_INVALID_ARG_VALUE, ERR_PARSE_ARGS_UNKNOWN_OPTION and others for a wrong command line
 */
export async function workerCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      modules: { type: "string", multiple: true, default: [] },
      redis: { type: "string", default: REDIS_DEFAULT },
      queue: { type: "string", default: NAME_DEFAULT },
      prefix: { type: "string", default: NAME_DEFAULT },
      concurrency: { type: "string", default: String(availableParallelism()) },
      per: { type: "string", default: "process" },
      lock: { type: "string", default: "10" },
      recoveries: { type: "string", default: "5" },
      grace: { type: "string", default: "30" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const { redis, prefix, queue } = values;
  const modules = new TaskModules([...values.modules, ...positionals]);
  checkQueue(queue);
  const concurrency = wholeNumber("concurrency", values.concurrency, 1);
  const lockMs = wholeNumber("lock", values.lock, 1) * 1000;
  const graceMs = wholeNumber("grace", values.grace, 0) * 1000;
  const recoveries = wholeNumber("recoveries", values.recoveries, 0);
  const per = KINDS.find((kind) => kind === values.per);
  if (!per) throw invalidValue("per", KINDS, values.per);
  const worker = new JobWorker({ redis, queue, prefix, modules, concurrency, per, lockMs, recoveries, log });
  try {
    await worker.start();
  } catch (error) {
    log((error as Error).message);
    return 1;
  }
  const unit = per === "thread" ? "threads" : "processes";
  log(`up to ${concurrency} ${unit} serve queue "${queue}" at ${worker.place}: ${modules.names.join(", ")}`);
  return endAtSignal(worker, graceMs);
}

/** @returns the exit status */
async function endAtSignal(worker: JobWorker, graceMs: number): Promise<number> {
  log(`${await nextSignal()}: ends when ${worker.size} calls have, in ${graceMs / 1000} s at the latest`);
  nextSignal().then(() => worker.abandon());
  try {
    const givenBack = await worker.stop(graceMs);
    log(givenBack > 0 ? `ended; ${givenBack} calls were given back to the queue` : "ended");
    return 0;
  } catch (error) {
    log((error as Error).message);
    return worker.abandon();
  }
}

function log(text: string): void {
  process.stderr.write(`pentio worker: ${text}\n`);
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, resolve);
  });
}

/** @throws ERR_INVALID_ARG_VALUE */
function wholeNumber(name: string, text: string, least: number): number {
  try {
    return checkWhole(name, Number(text), least);
  } catch (error) {
    throw Object.assign(error as Error, { code: "ERR_INVALID_ARG_VALUE" });
  }
}
