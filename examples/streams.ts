/**
 * Pipes between an echo server, zlib and a client: every part goes at the pace of the slowest.
 *
 *     node dist/examples/streams.js
 */
import { createGunzip, createGzip } from "node:zlib";
import { connect, each, listen, run, spawn } from "pentio";
import { into, pipe } from "pentio/streams";

await run(function* () {
  const server = yield* listen({ port: 0, allowHalfOpen: true });
  const serving = yield* spawn(function* () {
    for (const socket of yield* each(server)) {
      yield* spawn(() => pipe(socket, into(socket)));
      yield* each.next();
    }
  });

  const socket = yield* connect({ port: server.port, allowHalfOpen: true });
  const [gzip, gunzip] = [createGzip(), createGunzip()];
  yield* spawn(() => pipe(["to the server ", "and back"], into(gzip)));
  yield* spawn(() => pipe(gzip, into(socket)));
  yield* spawn(() => pipe(socket, into(gunzip)));
  for (const chunk of yield* each<Buffer>(gunzip)) {
    console.log(String(chunk));
    yield* each.next();
  }
  yield* serving.cancel();
});
