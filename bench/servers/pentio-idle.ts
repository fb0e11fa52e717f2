/**
 * Counts what an idle connection costs: `node --expose-gc pentio-idle.js <port>` echoes, and answers every line on its
 * standard input with a look at itself as a line of JSON: the connections, its memory, the warnings so far.
 */
import { createInterface } from "node:readline";
import { listen, run, type Socket, spawn } from "pentio";

let open = 0;
const warnings: { code: string | undefined; message: string }[] = [];
process.on("warning", ({ code, message }: NodeJS.ErrnoException) => warnings.push({ code, message }));

function* echo(socket: Socket) {
  open++;
  for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) yield* socket.write(chunk);
  open--;
  yield* socket.close();
}

createInterface({ input: process.stdin })
  .on("line", () => {
    for (let i = 0; i < 4; i++) globalThis.gc!();
    console.log(JSON.stringify({ open, ...process.memoryUsage(), warnings }));
  })
  .on("close", () => process.exit(0));

await run(function* server() {
  const server = yield* listen({ host: "127.0.0.1", port: Number(process.argv[2]) });
  console.log(`listening ${server.port}`);
  for (;;) {
    const socket = yield* server.accept();
    yield* spawn(() => echo(socket));
  }
});
