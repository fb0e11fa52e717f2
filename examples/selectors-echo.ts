/**
 * The echo server with a loop of its own, as in the documentation of Python's `selectors`: what is ready has its handler
 * in the key's data, and a handler says what to wait for next.
 *
 *     node dist/examples/selectors-echo.js [port]
 *     nc 127.0.0.1 1234
 */
import { DefaultSelector, EVENT_READ, EVENT_WRITE, listenSocket, type StreamSocket } from "pentio/selectors";

type Handler = (socket: StreamSocket) => void;

const selector = new DefaultSelector<Handler, StreamSocket>();

function accept(listener: StreamSocket) {
  selector.register(listener.accept(), EVENT_READ, read);
}

function read(socket: StreamSocket) {
  const chunk = socket.recv();
  if (chunk.length > 0) selector.modify(socket, EVENT_WRITE, () => reply(socket, chunk));
  else drop(socket);
}

function reply(socket: StreamSocket, chunk: Buffer) {
  const rest = chunk.subarray(socket.send(chunk));
  if (rest.length > 0) selector.modify(socket, EVENT_WRITE, () => reply(socket, rest));
  else selector.modify(socket, EVENT_READ, read);
}

function drop(socket: StreamSocket) {
  selector.unregister(socket);
  socket.close();
}

const listener = listenSocket({ port: Number(process.argv[2] ?? 1234) });
selector.register(listener, EVENT_READ, accept);
console.log(`listening ${listener.port}`);
while (true) {
  for (const [{ fileobj: socket, data: handler }] of selector.select()) {
    try {
      handler(socket);
    } catch (error) {
      // A peer that resets its connection must not end the server.
      console.error(`a connection failed: ${(error as Error).message}`);
      if (socket !== listener) drop(socket);
    }
  }
}
