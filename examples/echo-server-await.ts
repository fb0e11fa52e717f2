/**
 * The echo server with async functions: the same operations, awaited.
 *
 *     node dist/examples/echo-server-await.js [port]
 */
import { listen, type Socket } from "pentio";

async function echo(socket: Socket) {
  try {
    for (let chunk = await socket.read(); chunk; chunk = await socket.read()) await socket.write(chunk);
  } catch (error) {
    console.error(`a connection failed: ${(error as Error).message}`);
  } finally {
    await socket.close();
  }
}

const server = await listen({ port: Number(process.argv[2] ?? 1234) });
console.log(`listening ${server.port}`);
for (;;) echo(await server.accept());
