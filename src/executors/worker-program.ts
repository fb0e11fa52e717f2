/** What runs in a worker, thread or process. */
import { isMainThread, workerData } from "node:worker_threads";
import workerpool from "workerpool";
import { serveProcess } from "./serve-process.ts";
import { serveThread } from "./serve-thread.ts";

// What started this process may have ended meanwhile, and what is said to it then fails.
if (isMainThread) process.once("error", () => process.exit());
workerpool.worker({ live: () => new Promise(() => {}) });
if (isMainThread) serveProcess(Number(process.argv[2]));
else serveThread(workerData);
