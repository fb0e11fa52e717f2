/** What runs in a worker, thread or process. */
import { isMainThread, workerData } from "node:worker_threads";
import workerpool from "workerpool";
import { serveProcess } from "./serve-process.ts";
import { serveThread } from "./serve-thread.ts";

workerpool.worker({ live: () => new Promise(() => {}) });
if (isMainThread) serveProcess(Number(process.argv[2]));
else serveThread(workerData);
