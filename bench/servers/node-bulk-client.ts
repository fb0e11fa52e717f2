/** The reading end of a bulk transfer on node:net; the arguments are those of pentio-bulk-client. */
import { connect } from "node:net";

const [port, expected] = process.argv.slice(2).map(Number) as [number, number];
const started = performance.now();
let bytes = 0;
connect({ host: "127.0.0.1", port, noDelay: true })
  .on("data", (chunk) => {
    bytes += chunk.length;
  })
  .on("end", () => {
    if (bytes !== expected) throw new Error(`${bytes} bytes came instead of ${expected}`);
    console.log(JSON.stringify({ bytesPerSecond: bytes / ((performance.now() - started) / 1000) }));
  });
