/** What runs in the thread that listens to Redis in the place of one that is blocked. */
import { workerData } from "node:worker_threads";
import type { BlockingData, News } from "./blocking-data.ts";
import { Exchange } from "./exchange.ts";
import { encodeFailure, type Ticket } from "./job-data.ts";

const { settings, port, signal } = workerData as BlockingData;

function tell(...news: News): void {
  port.postMessage(news);
  Atomics.add(signal, 0, 1);
  Atomics.notify(signal, 0);
}

const exchange = new Exchange(
  settings,
  {
    began() {},
    progressed() {},
    ended: tell,
    emptied() {},
    failed: (error) => tell(null, { isResult: false, payload: encodeFailure(error) }),
  },
  false,
);
port.on("message", (ticket: Ticket) => exchange.add(ticket));
