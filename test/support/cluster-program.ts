/**
 * A program that serves with several processes, as its argument says: options of `serve`, and files that break it or have it wait
 * while they exist. Its protocol has lines: `echo TEXT` is answered `TEXT`, `hang` ends in an endless loop, `fail` throws, `wait` is
 * answered when the process is to stop, `stay` never, and `cling` does not end when it is cancelled; `where` is answered with the
 * process and the thread that serve. Without a line, nothing is answered.
 */
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import { type ServeOptions, type Service, serve } from "../../src/cluster/index.ts";
import { type Socket, sleep } from "../../src/index.ts";

const { broken, stuck, ...options } = JSON.parse(process.argv[2]!) as ServeOptions & {
  broken?: string;
  stuck?: string;
};

if (broken && existsSync(broken)) process.exit(3);
while (stuck && existsSync(stuck)) await delay(20);

function* obey(line: string, socket: Socket, { stopping }: Service) {
  const [command, text] = line.split(" ");
  if (command === "hang") for (;;);
  if (command === "fail") throw new Error("the handler was told to fail");
  if (command === "wait") yield* stopping.wait();
  if (command === "stay") yield* stay();
  if (command === "cling") yield* cling();
  const answer = command === "where" ? `${process.pid} ${threadId}` : (text ?? command);
  yield* socket.write(`${answer}\n`);
}

function* cling() {
  try {
    yield* sleep(1_000_000);
  } finally {
    yield* sleep(1_000_000);
  }
}

function* stay() {
  try {
    yield* sleep(1_000_000);
  } finally {
    console.log("cancelled");
  }
}

const cluster = await serve(
  function* handler(socket, service) {
    let text = "";
    for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) {
      const lines = (text + chunk).split("\n");
      text = lines.pop()!;
      for (const line of lines) yield* obey(line, socket, service);
    }
  },
  { host: "127.0.0.1", ...options },
);
console.log(`listening ${cluster.port}`);
