/** The types of pentio/selectors, as a program sees them: tested by the compiler, and never called. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Server, Socket } from "../../src/index.ts";
import {
  DefaultSelector,
  EpollSelector,
  EVENT_READ,
  EVENT_WRITE,
  type FileObject,
  listenSocket,
  PollSelector,
  type Selector,
  type SelectorKey,
  SelectSelector,
  type StreamSocket,
} from "../../src/selectors/public.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for the type `true`. */
function holds<T extends true>(): T | undefined {
  return undefined;
}

type Handler = (socket: StreamSocket) => void;

export function handlers(accept: Handler): void {
  using selector = new DefaultSelector<Handler, StreamSocket>();
  const listener = listenSocket({ port: 0 });
  const key = selector.register(listener, EVENT_READ | EVENT_WRITE, accept);
  holds<Same<typeof key, SelectorKey<Handler, StreamSocket>>>();
  for (const [ready, events] of selector.select(5)) {
    holds<Same<typeof ready.data, Handler>>();
    holds<Same<typeof ready.fileobj, StreamSocket>>();
    holds<Same<typeof events, number>>();
    ready.data(ready.fileobj);
  }
  // @ts-expect-error: the selector's data is not left out
  selector.register(listener, EVENT_READ);
  // @ts-expect-error: nor is it something else
  selector.modify(listener, EVENT_READ, "data");
  // @ts-expect-error: nor another kind of file object
  selector.register(5, EVENT_READ, accept);
  holds<Same<ReturnType<typeof selector.unregister>, SelectorKey<Handler, StreamSocket>>>();
}

export function anything(socket: Socket, server: Server): void {
  const selector = new PollSelector();
  selector.register(socket, EVENT_READ);
  selector.register(server, EVENT_READ, "data");
  selector.register(0, EVENT_READ, { any: "data" });
  selector.register(new EpollSelector(), EVENT_READ);
  const { data, fileobj } = selector.getKey(socket);
  holds<Same<typeof data, unknown>>();
  holds<Same<typeof fileobj, FileObject>>();
  // @ts-expect-error: a name is no file object
  selector.register("stdin", EVENT_READ);
  // @ts-expect-error: events are a number
  selector.register(0, "read");
  // @ts-expect-error: so is a timeout
  selector.select("5");
}

export function optionalData(): void {
  const selector = new SelectSelector<string | undefined>();
  selector.register(0, EVENT_READ);
  selector.modify(0, EVENT_READ, "data");
  // @ts-expect-error: data is text or nothing
  selector.modify(0, EVENT_READ, 5);
}

export function readOnly(selector: Selector<number>, key: SelectorKey<number>): void {
  const map = selector.getMap();
  // @ts-expect-error: a closed selector has no map
  map.size;
  holds<Same<ReturnType<NonNullable<typeof map>["get"]>, SelectorKey<number> | undefined>>();
  // @ts-expect-error: what is registered is changed by the selector
  map?.set(0, key);
  // @ts-expect-error: a key never changes
  key.events = EVENT_READ;
  // @ts-expect-error: sockets come from listenSocket() and accept()
  new StreamSocket(0);
}

/** Any of them, where it does not matter which. */
export const all: Selector<number>[] = [
  new SelectSelector<number>(),
  new PollSelector<number>(),
  new EpollSelector<number>(),
  new DefaultSelector<number>(),
];

describe("the types of pentio/selectors", () => {
  it("hold for values too", () => {
    assert.deepEqual(
      all.map((selector) => selector.getMap()?.size),
      [0, 0, 0, 0],
    );
    for (const selector of all) selector.close();
  });
});
