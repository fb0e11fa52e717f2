/** Pentio's echo server as a cluster, for the bench. `pentio-cluster-echo.js <options of serve, as JSON>` */
import type { Socket } from "pentio";
import { serve } from "pentio/cluster";

function* echo(socket: Socket) {
  for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) yield* socket.write(chunk);
}

const { port } = await serve(echo, {
  host: "127.0.0.1",
  heartbeatMs: 100,
  ...JSON.parse(process.argv[2]!),
});
console.log(`listening ${port}`);
