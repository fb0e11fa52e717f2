/** An echo server in several processes. `node cluster-echo.js [port] [processes]` */
import type { Socket } from "pentio";
import { serve } from "pentio/cluster";

const [port = 1234, processes = 2] = process.argv.slice(2).map(Number);

function* echo(socket: Socket) {
  for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) yield* socket.write(chunk);
}

const cluster = await serve(echo, { port, processes });
console.log(`listening ${cluster.port}`);
