/** The reading end of a bulk transfer on Pentio: `pentio-bulk-client.js <port> <bytes>` prints what it measured. */
import { connect, run } from "pentio";

const [port, expected] = process.argv.slice(2).map(Number) as [number, number];

await run(function* () {
  const started = performance.now();
  const socket = yield* connect({ host: "127.0.0.1", port });
  let bytes = 0;
  for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) bytes += chunk.length;
  if (bytes !== expected) throw new Error(`${bytes} bytes came instead of ${expected}`);
  console.log(JSON.stringify({ bytesPerSecond: bytes / ((performance.now() - started) / 1000) }));
});
