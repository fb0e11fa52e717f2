/**
 * A child program of the lab: the echo server as it was before there were loops, a thread or process per connection.
 *
 *     per-connection-server.js thread|process
 */
import { serve } from "../cluster/index.ts";
import { CONNECTIONS_MAX } from "./contenders.ts";
import { echo } from "./echo.ts";
import { endWithLab, tellLab } from "./messages.ts";

const per = process.argv[2] as "thread" | "process";
// Threads and processes of connections come as far as this, and serve there.
const { port } = await serve(echo, {
  host: "127.0.0.1",
  port: 0,
  per,
  connectionsMax: CONNECTIONS_MAX,
});
endWithLab();
tellLab({ type: "listening", port });
