/** Pentio's echo server for the bench: async functions. The model comes from PENTIO_MODEL. `pentio-await-echo.js <port>` */
import { listen, type Socket } from "pentio";

process.on("SIGTERM", () => process.exit(0));

async function echo(socket: Socket) {
  try {
    for (let chunk = await socket.read(); chunk; chunk = await socket.read()) await socket.write(chunk);
  } catch {
    // The load generator may end in the middle of an answer.
  } finally {
    await socket.close();
  }
}

const server = await listen({ host: "127.0.0.1", port: Number(process.argv[2]) });
console.log(`listening ${server.port}`);
for (;;) echo(await server.accept());
