import type { IncomingMessage, ServerResponse } from "node:http";
import type { Runs } from "./runs.ts";

/** A comment now and then shows both ends that the other is there. */
const HEARTBEAT_MS = 15_000;
/** How long a browser waits before it connects again. */
const RETRY_MS = 1000;
/** What is buffered for a client that does not read; then it is hung up on, and gets everything when it comes again. */
const BACKLOG_BYTES_MAX = 4 * 1024 * 1024;

/** Sends what happens as server-sent events (HTML Living Standard, 9.2), until the client goes. */
export function streamEvents(request: IncomingMessage, response: ServerResponse, runs: Runs): void {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.write(`retry: ${RETRY_MS}\n\n`);
  // JSON has no line ends outside of its strings, and escapes those within.
  const stop = runs.listen((event) => {
    response.write(`data: ${JSON.stringify(event)}\n\n`);
    if (response.writableLength > BACKLOG_BYTES_MAX) request.destroy();
  });
  response.write("event: known\ndata: {}\n\n");
  const heartbeat = setInterval(() => response.write(":\n\n"), HEARTBEAT_MS);
  response.on("close", () => {
    clearInterval(heartbeat);
    stop();
  });
}
