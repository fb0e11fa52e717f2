import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RECEIVE, SEND } from "../../src/drivers/index.ts";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { collectGarbage } from "../unit/support/garbage.ts";
import { Random, seeds } from "../unit/support/random.ts";
import { Noted, Rig } from "./rig.ts";
import {
  close,
  connection,
  fill,
  openSocket,
  pair,
  receive,
  receiveAll,
  reset,
  send,
  shrink,
} from "./sockets.ts";
import type { Variant } from "./variants.ts";

const ECANCELED = 125;
const EBADF = 9;
const EPIPE = 32;
const ECONNRESET = 104;

export function sending(variant: Variant): void {
  describe("sending", () => {
    it("takes a small message at once and says how long it is", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      const sent = rig.start(SEND, ours, Buffer.from("hello"));
      await rig.until(() => sent.ended, "the end");
      assert.deepEqual(sent.completions, [{ result: 5, data: null, more: false }]);
      assert.equal(sent.request.inFlight, false);
      assert.equal(receiveAll(peer).toString(), "hello");
    });

    it("sends every kind of memory as it is", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      const big = patternBytes(7, 20_000);
      for (const data of [
        Buffer.from("pooled"),
        Buffer.from("pooled too").subarray(3, 5),
        new Uint8Array([1, 2, 3]),
        new Uint8Array(new Uint16Array([0x4142, 0x4344]).buffer, 1, 2),
        new Uint8Array(4096).fill(1),
        new Uint8Array(4097).fill(2),
        big,
        big.subarray(1, 19_999),
        big.subarray(5, 6),
        new Uint8Array(new SharedArrayBuffer(5000)).fill(3),
      ]) {
        const expected = Buffer.from(data);
        const sent = rig.start(SEND, ours, data);
        await rig.until(() => sent.ended, "the end");
        assert.equal(sent.last!.result, expected.length);
        assert.deepEqual(receiveAll(peer), expected);
      }
    });

    it("of nothing is done at once", async (t) => {
      const rig = new Rig(t, variant);
      const [ours] = rig.own(connection(rig.driver.socketFlags));
      const sent = rig.start(SEND, ours, new Uint8Array(0));
      await rig.until(() => sent.ended, "the end");
      assert.deepEqual(sent.results, [0]);
    });

    for (const [kind, connect] of [
      ["TCP", connection],
      ["Unix", pair],
    ] as const) {
      it(`brings a mebibyte over a ${kind} connection to a slow reader`, async (t) => {
        const rig = new Rig(t, variant);
        const [ours, peer] = rig.own(connect(rig.driver.socketFlags));
        shrink(ours);
        const data = patternBytes(0, 1_000_000);
        const noted = new Noted(SEND, ours);
        const reader = new PatternReader();
        let taken = 0;
        noted.onCompletion = ({ result }) => {
          assert.ok(result > 0, `${result}`);
          taken += result;
          if (taken < data.length) rig.submit(noted, data.subarray(taken));
        };
        rig.submit(noted, data);
        await rig.until(() => {
          const chunk = receive(peer, 10_000);
          if (chunk) reader.read(chunk);
          return reader.bytes === data.length && taken >= data.length;
        }, "all bytes");
        assert.equal(taken, data.length);
      });
    }

    it("keeps the memory for as long as the kernel reads it", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      // Nothing but the request refers to the memory.
      const noted = new Noted(SEND, ours);
      let taken = 0;
      const next = () => rig.submit(noted, patternBytes(taken, 1_000_000));
      noted.onCompletion = ({ result }) => {
        taken += result;
        if (taken < 8_000_000) next();
      };
      next();
      const reader = new PatternReader();
      for (let i = 0; i < 5; i++) {
        rig.turn();
        collectGarbage();
      }
      await rig.until(() => {
        const chunk = receive(peer);
        if (chunk) reader.read(chunk);
        return noted.ended && !noted.request.inFlight && reader.bytes === taken;
      }, "all bytes");
      assert.ok(taken >= 8_000_000);
    });

    it("sends while it receives on the same descriptor", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      const received = rig.start(RECEIVE, ours);
      for (let i = 0; i < 100; i++) {
        const sent = rig.start(SEND, ours, Buffer.from(`to ${i};`));
        send(peer, `from ${i};`);
        await rig.until(() => sent.ended && received.bytes.toString().endsWith(`from ${i};`), "both");
      }
      assert.equal(receiveAll(peer).toString(), Array.from({ length: 100 }, (_, i) => `to ${i};`).join(""));
    });

    it("to a peer that has gone is an error, and no signal", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(pair(rig.driver.socketFlags));
      close(rig.release(peer));
      const sent = rig.start(SEND, ours, Buffer.from("too late"));
      await rig.until(() => sent.ended, "the error");
      assert.deepEqual(sent.completions, [{ result: -EPIPE, data: null, more: false }]);
    });

    it("that waits is told when the connection is reset", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      shrink(ours);
      fill(ours);
      const sent = rig.start(SEND, ours, Buffer.alloc(100_000));
      sent.onCompletion = ({ result }) => {
        // A call that blocked may have got rid of some before.
        if (result >= 0) rig.submit(sent, Buffer.alloc(100_000));
      };
      rig.settle();
      assert.equal(sent.request.inFlight, true);
      reset(rig.release(peer));
      await rig.until(() => sent.ended && sent.last!.result < 0, "the reset");
      assert.ok([-ECONNRESET, -EPIPE].includes(sent.last!.result), `${sent.last!.result}`);
    });

    it("tells what a descriptor is not", async (t) => {
      const rig = new Rig(t, variant);
      const unconnected = rig.own(openSocket(undefined, rig.driver.socketFlags));
      for (const [fd, error] of [
        [-1, EBADF],
        [unconnected, EPIPE],
      ] as const) {
        const sent = rig.start(SEND, fd, Buffer.from("x"));
        await rig.until(() => sent.ended, `the error of ${fd}`);
        assert.deepEqual(sent.results, [-error]);
      }
    });

    it("that waits and is cancelled tells how much the kernel took, neither more nor less", async (t) => {
      for (const seed of seeds(3)) {
        t.diagnostic(`seed ${seed}`);
        const random = new Random(seed);
        const rig = new Rig(t, variant);
        const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
        const reader = new PatternReader();
        const noted = new Noted(SEND, ours);
        let taken = 0;
        noted.onCompletion = ({ result }) => {
          if (result >= 0) taken += result;
          else assert.equal(result, -ECANCELED);
        };
        const start = () => {
          if (!noted.request.inFlight && (noted.ended || noted.completions.length === 0))
            rig.submit(noted, patternBytes(taken, 1 + random.magnitude(900_000)));
        };
        start();
        await rig.until(() => noted.ended, "the first bytes");
        for (let step = 0; step < 600; step++) {
          start();
          if (random.chance(0.5)) rig.pause();
          if (random.chance(0.4)) rig.cancel(noted);
          if (random.chance(0.8)) rig.turn();
          if (random.chance(0.5)) {
            const chunk = receive(peer, 1 + random.magnitude(200_000));
            if (chunk) reader.read(chunk);
          }
        }
        rig.cancel(noted);
        await rig.until(() => !noted.request.inFlight && noted.ended, "the end");
        await rig.until(() => {
          const chunk = receive(peer);
          if (chunk) reader.read(chunk);
          return reader.bytes >= taken && chunk === undefined;
        }, "all bytes");
        assert.equal(reader.bytes, taken);
        assert.ok(taken > 0);
      }
    });
  });
}
