import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { open } from "node:fs/promises";
import net from "node:net";
import { describe, it, type TestContext } from "node:test";
import { listen } from "../../../src/index.ts";
import {
  EpollSelector,
  EVENT_READ,
  EVENT_WRITE,
  PollSelector,
  type Selector,
  SelectSelector,
} from "../../../src/selectors/public.ts";
import { openDescriptors } from "../../support/settling.ts";
import { moveDescriptor, SocketEnd, socketEnds, socketPairAt } from "../../support/socket-ends.ts";

const BOTH = EVENT_READ | EVENT_WRITE;
const kinds = { SelectSelector, PollSelector, EpollSelector };

/** What is ready, by data. */
function ready(selector: Selector<unknown>, timeoutMs = 0): Record<string, number> {
  return Object.fromEntries(selector.select(timeoutMs).map(([key, events]) => [String(key.data), events]));
}

for (const [name, Kind] of Object.entries(kinds)) {
  const selecting = (t: TestContext): Selector<unknown> => {
    const selector = new Kind();
    t.after(() => selector.close());
    return selector;
  };

  describe(`a ${name}`, () => {
    describe("that selects", () => {
      it("tells what is ready, of what was asked for", (t) => {
        const selector = selecting(t);
        const asked = { reading: EVENT_READ, writing: EVENT_WRITE, both: BOTH };
        for (const [data, events] of Object.entries(asked)) {
          const [end, peer] = socketEnds(t);
          selector.register(end, events, `${data} with data`);
          peer.send("x");
          selector.register(socketEnds(t)[0], events, `${data} with room`);
        }
        assert.deepEqual(ready(selector), {
          "reading with data": EVENT_READ,
          "writing with data": EVENT_WRITE,
          "writing with room": EVENT_WRITE,
          "both with data": BOTH,
          "both with room": EVENT_WRITE,
        });
      });

      it("gives the very keys that were registered", (t) => {
        const selector = selecting(t);
        const [end] = socketEnds(t);
        const key = selector.register(end, EVENT_WRITE, "data");
        const [[found, events]] = selector.select() as [[unknown, number]];
        assert.equal(found, key);
        assert.equal(events, EVENT_WRITE);
      });

      it("tells again and again, until it is seen to", (t) => {
        const selector = selecting(t);
        const [end, peer] = socketEnds(t);
        selector.register(end, EVENT_READ, "end");
        peer.send("x");
        for (let i = 0; i < 3; i++) assert.deepEqual(ready(selector), { end: EVENT_READ });
        end.drain();
        assert.deepEqual(ready(selector), {});
      });

      it("does not report writable what has no room", (t) => {
        const selector = selecting(t);
        const [end, peer] = socketEnds(t);
        selector.register(end, BOTH, "end");
        end.fill();
        assert.deepEqual(ready(selector), {});
        peer.drain();
        assert.deepEqual(ready(selector), { end: EVENT_WRITE });
      });

      it("reports a hang-up as whatever was asked for", (t) => {
        const selector = selecting(t);
        for (const [data, events] of Object.entries({
          reading: EVENT_READ,
          writing: EVENT_WRITE,
          both: BOTH,
        })) {
          const [end, peer] = socketEnds(t);
          selector.register(end, events, data);
          peer.close();
        }
        assert.deepEqual(ready(selector), { reading: EVENT_READ, writing: EVENT_WRITE, both: BOTH });
      });

      it("only looks with a timeout of 0 or less", (t) => {
        const selector = selecting(t);
        selector.register(socketEnds(t)[0], EVENT_READ);
        for (const timeoutMs of [0, -0, -1, -1e9, Number.NEGATIVE_INFINITY]) {
          assert.deepEqual(selector.select(timeoutMs), []);
        }
      });

      it("waits for the whole of a timeout, fractions of milliseconds included", (t) => {
        const selector = selecting(t);
        selector.register(socketEnds(t)[0], EVENT_READ);
        for (const timeoutMs of [0.001, 0.7, 1.2, 12.3]) {
          const start = performance.now();
          assert.deepEqual(selector.select(timeoutMs), []);
          assert.ok(performance.now() - start >= timeoutMs);
        }
      });

      it("returns at once when something is ready, however long it might wait", (t) => {
        const selector = selecting(t);
        selector.register(socketEnds(t)[0], EVENT_WRITE, "end");
        for (const timeoutMs of [undefined, 1e9, 1e12, Number.MAX_VALUE, Number.POSITIVE_INFINITY]) {
          assert.equal(selector.select(timeoutMs).length, 1);
        }
      });

      it("waits with nothing registered too", (t) => {
        const selector = selecting(t);
        assert.deepEqual(selector.select(0), []);
        assert.deepEqual(selector.select(5), []);
      });

      it("keeps Node's events waiting meanwhile", async (t) => {
        const selector = selecting(t);
        const events: string[] = [];
        const timer = new Promise<void>((resolve) => {
          setTimeout(() => {
            events.push("timer");
            resolve();
          }, 1);
        });
        selector.select(30);
        events.push("selected");
        await timer;
        assert.deepEqual(events, ["selected", "timer"]);
      });

      it("refuses a timeout that is no number", (t) => {
        const selector = selecting(t);
        for (const timeout of [Number.NaN, "5", null]) {
          assert.throws(() => selector.select(timeout as number), { code: "ERR_INVALID_ARG_VALUE" });
        }
      });
    });

    describe("that registers", () => {
      it("answers with a key of what it was given", (t) => {
        const selector = selecting(t);
        const [end, peer] = socketEnds(t);
        const data = { session: 1 };
        const key = selector.register(end, BOTH, data);
        assert.deepEqual({ ...key }, { fileobj: end, fd: end.fd, events: BOTH, data });
        const byNumber = selector.register(peer.fd, EVENT_READ);
        assert.deepEqual(
          { ...byNumber },
          { fileobj: peer.fd, fd: peer.fd, events: EVENT_READ, data: undefined },
        );
        assert.equal(selector.getKey(end), key);
        assert.equal(selector.getKey(end.fd), key);
      });

      it("refuses a descriptor that is registered already, even as another object", (t) => {
        const selector = selecting(t);
        const [end] = socketEnds(t);
        const key = selector.register(end, EVENT_READ, "first");
        for (const again of [end, end.fd, { fd: end.fd }]) {
          assert.throws(() => selector.register(again, EVENT_WRITE), {
            code: "ERR_ALREADY_REGISTERED",
            message: /modify\(\)/,
          });
        }
        assert.equal(selector.getKey(end), key);
        assert.deepEqual(ready(selector), {});
      });

      it("refuses other events than reading and writing", (t) => {
        const selector = selecting(t);
        const [end] = socketEnds(t);
        for (const events of [0, 4, 5, -1, 1.5, Number.NaN, "1", undefined, null]) {
          assert.throws(() => selector.register(end, events as number), { code: "ERR_INVALID_ARG_VALUE" });
        }
        assert.equal(selector.getMap()!.size, 0);
      });

      it("refuses what has no open descriptor", (t) => {
        const selector = selecting(t);
        const invalid = [-1, 1.5, 2 ** 31, Number.NaN, "1", null, undefined, {}, { fd: -1 }, { fd: "1" }];
        for (const fileobj of [...invalid, new net.Socket(), () => 1]) {
          assert.throws(() => selector.register(fileobj as number, EVENT_READ), {
            code: "ERR_INVALID_ARG_VALUE",
          });
        }
        assert.equal(selector.getMap()!.size, 0);
      });

      it("takes Pentio's servers and Node's file handles", async (t) => {
        const selector = selecting(t);
        await using server = await listen({ host: "127.0.0.1" });
        assert.equal(selector.register(server, EVENT_READ).fd, server.fd);
        assert.deepEqual(selector.select(0), []);
        const handle = await open("/dev/null", "w");
        t.after(() => handle.close());
        if (Kind !== EpollSelector) {
          assert.equal(selector.register(handle, EVENT_WRITE).fd, handle.fd);
          assert.equal(selector.select(0).length, 1);
        }
        selector.unregister(server);
      });

      it(
        Kind === EpollSelector
          ? "refuses a regular file, which epoll cannot watch"
          : "takes a regular file, which is always ready",
        (t) => {
          const selector = selecting(t);
          const fd = openSync(process.execPath, "r");
          t.after(() => closeSync(fd));
          if (Kind === EpollSelector) {
            assert.throws(() => selector.register(fd, EVENT_READ), {
              code: "EPERM",
              syscall: "epoll_ctl",
              message: /PollSelector/,
            });
            assert.equal(selector.getMap()!.size, 0);
          } else {
            selector.register(fd, BOTH, "file");
            assert.deepEqual(ready(selector), { file: BOTH });
          }
        },
      );
    });

    describe("that unregisters", () => {
      it("answers with the key, and tells no more", (t) => {
        const selector = selecting(t);
        const [end, peer] = socketEnds(t);
        const key = selector.register(end, BOTH);
        selector.register(peer, EVENT_WRITE, "peer");
        assert.equal(selector.unregister(end.fd), key);
        assert.deepEqual(ready(selector), { peer: EVENT_WRITE });
        assert.equal(selector.register(end, EVENT_WRITE, "again").data, "again");
        assert.deepEqual(ready(selector), { peer: EVENT_WRITE, again: EVENT_WRITE });
      });

      it("does so for what was closed already, which it knows by identity", (t) => {
        const selector = selecting(t);
        const [end, peer] = socketEnds(t);
        const key = selector.register(end, EVENT_READ);
        selector.register(peer, EVENT_READ);
        end.close();
        assert.throws(() => selector.unregister({ fd: -1 }), { code: "ERR_INVALID_ARG_VALUE" });
        assert.equal(selector.getKey(end), key);
        assert.equal(selector.getMap()!.get(end), key);
        assert.equal(selector.unregister(end), key);
        assert.throws(() => selector.unregister(end), { code: "ERR_INVALID_ARG_VALUE" });
        assert.equal(selector.getMap()!.size, 1);
      });

      it("says of anything else that it is not registered, as does modify and getKey", (t) => {
        const selector = selecting(t);
        const [end] = socketEnds(t);
        for (const unknown of [end, end.fd, 1_000_000]) {
          const expected = { code: "ERR_NOT_REGISTERED", message: /register\(\)/ };
          assert.throws(() => selector.unregister(unknown), expected);
          assert.throws(() => selector.modify(unknown, EVENT_READ), expected);
          assert.throws(() => selector.getKey(unknown), expected);
        }
      });
    });

    describe("that modifies", () => {
      it("watches for other events with other data", (t) => {
        const selector = selecting(t);
        const [end, peer] = socketEnds(t);
        peer.send("x");
        const first = selector.register(end, EVENT_READ, "reads");
        const second = selector.modify(end, EVENT_WRITE, "writes");
        assert.deepEqual({ ...second }, { fileobj: end, fd: end.fd, events: EVENT_WRITE, data: "writes" });
        assert.equal(first.events, EVENT_READ);
        assert.deepEqual(ready(selector), { writes: EVENT_WRITE });
        selector.modify(end.fd, BOTH, "both");
        assert.equal(selector.getKey(end).fileobj, end);
        assert.deepEqual(ready(selector), { both: BOTH });
        assert.equal(selector.modify(end, BOTH).data, undefined);
      });

      it("does not ask the kernel for other data, or for nothing", (t) => {
        const selector = selecting(t);
        const [end] = socketEnds(t);
        selector.register(end, EVENT_READ, "data");
        const fd = end.fd;
        end.close();
        // The kernel would refuse: it has no such descriptor.
        const key = selector.modify(fd, EVENT_READ, "other data");
        assert.equal(key.data, "other data");
        assert.equal(selector.getKey(fd), key);
        assert.equal(selector.modify(fd, EVENT_READ, "other data"), key);
      });

      it("unregisters what it refuses", (t) => {
        const selector = selecting(t);
        const [end] = socketEnds(t);
        for (const events of Kind === SelectSelector ? [0, 4, Number.NaN] : [Number.NaN]) {
          selector.register(end, EVENT_WRITE, "data");
          assert.throws(() => selector.modify(end, events), { code: "ERR_INVALID_ARG_VALUE" });
          assert.equal(selector.getMap()!.size, 0);
          assert.deepEqual(ready(selector), {});
        }
      });

      if (Kind !== SelectSelector) {
        it("takes events that there are not, as Python's does, and they never come in", (t) => {
          const selector = selecting(t);
          const [end, peer] = socketEnds(t);
          selector.register(end, EVENT_WRITE);
          peer.send("x");
          for (const events of [0, 4]) {
            assert.equal(selector.modify(end, events, "data").events, events);
            assert.deepEqual(ready(selector), {});
          }
          peer.close();
          // A hang-up comes in whatever is asked for.
          assert.deepEqual(ready(selector), { data: 0 });
          selector.modify(end, EVENT_READ, "data");
          assert.deepEqual(ready(selector), { data: EVENT_READ });
        });
      }
    });

    describe("whose descriptor is closed behind its back", () => {
      it(
        {
          SelectSelector: "says so, and goes on once that is unregistered",
          PollSelector: "reports it as ready, until it is unregistered",
          EpollSelector: "tells no more of it",
        }[name]!,
        (t) => {
          const selector = selecting(t);
          const [end, peer] = socketEnds(t);
          const [other] = socketEnds(t);
          selector.register(end, BOTH, "closed");
          selector.register(other, EVENT_WRITE, "open");
          const { fd } = end;
          end.close();
          peer.close();
          if (Kind === SelectSelector) {
            const message = new RegExp(`closed while registered: ${fd};`);
            assert.throws(() => selector.select(0), { code: "EBADF", syscall: "select", message });
          } else if (Kind === PollSelector) {
            assert.deepEqual(ready(selector), { closed: BOTH, open: EVENT_WRITE });
          } else assert.deepEqual(ready(selector), { open: EVENT_WRITE });
          selector.unregister(end);
          assert.deepEqual(ready(selector), { open: EVENT_WRITE });
        },
      );

      it("keeps its number registered when it is reused, until it is unregistered", (t) => {
        const selector = selecting(t);
        const [end] = socketEnds(t);
        const { fd } = end;
        selector.register(end, EVENT_READ, "old");
        end.close();
        for (const reused of socketPairAt(fd)) t.after(() => new SocketEnd(reused).close());
        assert.throws(() => selector.register(fd, EVENT_WRITE), { code: "ERR_ALREADY_REGISTERED" });
        assert.equal(selector.unregister(fd).data, "old");
        selector.register(fd, EVENT_WRITE, "new");
        assert.deepEqual(ready(selector), { new: EVENT_WRITE });
      });
    });

    describe("as a map", () => {
      it("is looked up by object and by descriptor, and listed in order", (t) => {
        const selector = selecting(t);
        const [a, b] = socketEnds(t);
        const map = selector.getMap()!;
        assert.equal(map.size, 0);
        const [keyA, keyB] = [selector.register(a, EVENT_READ), selector.register(b, EVENT_WRITE)];
        assert.equal(map.size, 2);
        assert.equal(map.get(a), keyA);
        assert.equal(map.get(a.fd), keyA);
        assert.ok(map.has(b) && map.has(b.fd));
        assert.deepEqual(
          [...map],
          [
            [a.fd, keyA],
            [b.fd, keyB],
          ],
        );
        assert.deepEqual([...map.entries()], [...map]);
        assert.deepEqual([...map.keys()], [a.fd, b.fd]);
        assert.deepEqual([...map.values()], [keyA, keyB]);
        const visited: unknown[] = [];
        map.forEach(function (this: unknown, ...told) {
          visited.push(this, ...told);
        }, "this");
        assert.deepEqual(visited, ["this", keyA, a.fd, map, "this", keyB, b.fd, map]);
      });

      it("follows what is registered, and cannot be written", (t) => {
        const selector = selecting(t);
        const [end] = socketEnds(t);
        const map = selector.getMap()!;
        assert.equal(selector.getMap(), map);
        selector.register(end, EVENT_READ);
        const changed = selector.modify(end, EVENT_WRITE);
        assert.equal(map.get(end), changed);
        selector.unregister(end);
        assert.equal(map.get(end), undefined);
        assert.ok(!map.has(end));
        for (const method of ["set", "delete", "clear"]) assert.ok(!(method in map));
      });

      it("refuses to look for what has no descriptor", (t) => {
        const map = selecting(t).getMap()!;
        assert.throws(() => map.get({ fd: -1 }), { code: "ERR_INVALID_ARG_VALUE" });
      });
    });

    describe("that is closed", () => {
      it("says so, whatever is asked of it", (t) => {
        const selector = selecting(t);
        const [end] = socketEnds(t);
        selector.register(end, EVENT_WRITE);
        const map = selector.getMap()!;
        selector.close();
        const calls = [
          () => selector.register(end, EVENT_READ),
          () => selector.unregister(end),
          () => selector.modify(end, EVENT_READ),
          () => selector.select(0),
          () => selector.getKey(end),
        ];
        for (const call of calls) assert.throws(call, { code: "ERR_SELECTOR_CLOSED" });
        assert.equal(selector.getMap(), null);
        assert.equal(map.size, 0);
        selector.close();
      });

      it("leaves what was registered open, and no descriptor of its own", (t) => {
        const [end, peer] = socketEnds(t);
        const before = openDescriptors();
        {
          using selector = new Kind();
          selector.register(end, EVENT_READ);
        }
        assert.equal(openDescriptors(), before);
        assert.equal(end.send("x"), 1);
        peer.drain();
      });
    });

    it("keeps its selections apart from those of another", (t) => {
      const [a, b] = [selecting(t), selecting(t)];
      const [end, peer] = socketEnds(t);
      a.register(end, EVENT_READ, "read");
      b.register(end, EVENT_WRITE, "write");
      peer.send("x");
      assert.deepEqual([ready(a), ready(b)], [{ read: EVENT_READ }, { write: EVENT_WRITE }]);
      a.unregister(end);
      assert.deepEqual([ready(a), ready(b)], [{}, { write: EVENT_WRITE }]);
    });

    it("watches another selector, which is readable while something is ready there", (t) => {
      const inner = new EpollSelector();
      t.after(() => inner.close());
      const outer = selecting(t);
      const [end, peer] = socketEnds(t);
      inner.register(end, EVENT_READ);
      outer.register(inner, EVENT_READ, "inner");
      assert.deepEqual(ready(outer), {});
      peer.send("x");
      assert.deepEqual(ready(outer), { inner: EVENT_READ });
    });

    if (Kind === SelectSelector) {
      it("refuses descriptors that select(2) has no room for", (t) => {
        const selector = selecting(t);
        const [end, peer] = socketEnds(t);
        const fits = moveDescriptor(end.fd, 1000);
        assert.ok(fits < 1024, "the test needs a free descriptor from 1000 to 1023");
        end.fd = fits;
        selector.register(end, EVENT_READ, "fits");
        peer.fd = moveDescriptor(peer.fd, 1024);
        assert.throws(() => selector.register(peer, EVENT_READ), {
          code: "ERR_OUT_OF_RANGE",
          message: /EpollSelector/,
        });
        assert.equal(selector.getMap()!.size, 1);
        peer.send("x");
        assert.deepEqual(ready(selector), { fits: EVENT_READ });
        selector.unregister(end);
        assert.deepEqual(ready(selector), {});
      });
    } else {
      it("tells of 1,000 descriptors at once", (t) => {
        const selector = selecting(t);
        const pairs = Array.from({ length: 1000 }, () => socketEnds(t));
        for (const [i, [end]] of pairs.entries()) selector.register(end, EVENT_READ, i);
        assert.deepEqual(selector.select(0), []);
        for (const [, peer] of pairs) peer.send("x");
        const told = (keys: [{ data: unknown }, number][]) => keys.map(([{ data }]) => data as number);
        const all = told(selector.select()).sort((a, b) => a - b);
        assert.deepEqual(
          all,
          pairs.map((_, i) => i),
        );
        for (const [i, [end]] of pairs.entries()) if (i % 10 !== 0) selector.unregister(end);
        const tenth = told(selector.select()).sort((a, b) => a - b);
        assert.deepEqual(
          tenth,
          all.filter((i) => i % 10 === 0),
        );
      });
    }
  });
}
