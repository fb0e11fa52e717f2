import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { describe, it } from "node:test";
import { RECEIVE } from "../../src/drivers/index.ts";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { collectGarbage } from "../unit/support/garbage.ts";
import { Random, seeds } from "../unit/support/random.ts";
import { Rig } from "./rig.ts";
import { connection, endSending, openSocket, pair, reset, send } from "./sockets.ts";
import type { Variant } from "./variants.ts";

const ECONNRESET = 104;
const ECANCELED = 125;
const EBADF = 9;
const ENOTCONN = 107;
const ENOTSOCK = 88;

export function receiving(variant: Variant): void {
  describe("receiving", () => {
    for (const [kind, connect] of [
      ["a TCP connection", connection],
      ["a Unix connection", pair],
    ] as const) {
      it(`gives all messages of ${kind} by one request, and then its end`, async (t) => {
        const rig = new Rig(t, variant);
        const [ours, peer] = rig.own(connect(rig.driver.socketFlags));
        const receive = rig.start(RECEIVE, ours);
        assert.ok(receive.request.inFlight);
        for (let i = 0; i < 200; i++) {
          send(peer, `message ${i}`);
          await rig.until(() => receive.completions.length === i + 1, `message ${i}`);
          assert.equal(receive.last!.data!.toString(), `message ${i}`);
          assert.equal(receive.last!.result, receive.last!.data!.length);
          assert.equal(receive.last!.more, true);
          assert.ok(receive.request.inFlight);
        }
        endSending(peer);
        await rig.until(() => receive.ended, "the end");
        assert.deepEqual(receive.last, { result: 0, data: null, more: false });
        assert.equal(receive.request.inFlight, false);
        rig.settle();
        assert.equal(receive.finals.length, 1);
      });
    }

    it("gives what had arrived before it was asked for, and the end behind it", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      send(peer, "early");
      endSending(peer);
      const receive = rig.start(RECEIVE, ours);
      await rig.until(() => receive.ended, "the end");
      assert.equal(receive.bytes.toString(), "early");
      assert.equal(receive.last!.result, 0);
    });

    it("gives the end of a connection on which nothing was sent", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      const receive = rig.start(RECEIVE, ours);
      rig.settle();
      endSending(peer);
      await rig.until(() => receive.ended, "the end");
      assert.deepEqual(receive.completions, [{ result: 0, data: null, more: false }]);
    });

    it("gives the end again to whoever asks again", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      endSending(peer);
      const receive = rig.start(RECEIVE, ours);
      await rig.until(() => receive.ended, "the end");
      rig.submit(receive);
      await rig.until(() => receive.finals.length === 2, "the end again");
      assert.deepEqual(receive.results, [0, 0]);
    });

    it("tells of a reset", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      const receive = rig.start(RECEIVE, ours);
      rig.settle();
      reset(rig.release(peer));
      await rig.until(() => receive.ended, "the reset");
      assert.deepEqual(receive.completions, [{ result: -ECONNRESET, data: null, more: false }]);
    });

    it("tells of a reset that happened before", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      reset(rig.release(peer));
      const receive = rig.start(RECEIVE, ours);
      await rig.until(() => receive.ended, "the reset");
      assert.deepEqual(receive.results, [-ECONNRESET]);
    });

    it("tells what a descriptor is not", async (t) => {
      const rig = new Rig(t, variant);
      const unconnected = rig.own(openSocket(undefined, rig.driver.socketFlags));
      // No lower one: a thread that starts could get its number.
      const closed = 1000;
      for (const [fd, error] of [
        [closed, EBADF],
        [-1, EBADF],
        [unconnected, ENOTCONN],
      ] as const) {
        const receive = rig.start(RECEIVE, fd);
        await rig.until(() => receive.ended, `the error of ${fd}`);
        assert.deepEqual(receive.completions, [{ result: -error, data: null, more: false }]);
      }
    });

    it("tells when a descriptor is no socket", async (t) => {
      const rig = new Rig(t, variant);
      const file = openSync("/proc/self/status", "r");
      const receive = rig.start(RECEIVE, file);
      await rig.until(() => receive.ended, "the error");
      closeSync(file);
      assert.deepEqual(receive.results, [-ENOTSOCK]);
    });

    it("gives memory that is the program's for good", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      const receive = rig.start(RECEIVE, ours);
      let sent = 0;
      while (sent < 3_000_000) {
        sent += send(peer, patternBytes(sent, 30_000));
        await rig.until(() => receive.byteCount === sent, "bytes");
        if (receive.completions.length % 40 === 0) collectGarbage();
      }
      collectGarbage();
      // Only now, when everything has been received, is it looked at.
      const reader = new PatternReader();
      for (const { data } of receive.completions) reader.read(data!);
      assert.equal(reader.bytes, sent);
    });

    it("lets the program write into what it received, and disturbs nobody with that", async (t) => {
      const rig = new Rig(t, variant);
      const [one, toOne] = rig.own(connection(rig.driver.socketFlags));
      const [two, toTwo] = rig.own(connection(rig.driver.socketFlags));
      const [first, second] = [rig.start(RECEIVE, one), rig.start(RECEIVE, two)];
      first.onCompletion = ({ data }) => data?.fill("!");
      for (let i = 0; i < 50; i++) {
        send(toOne, "overwritten");
        send(toTwo, `kept ${i % 10}`);
        await rig.until(() => second.byteCount === 6 * (i + 1) && first.byteCount === 11 * (i + 1), "both");
      }
      assert.equal(
        second.bytes.toString(),
        "kept 0kept 1kept 2kept 3kept 4kept 5kept 6kept 7kept 8kept 9".repeat(5),
      );
      assert.equal(first.bytes.toString(), "!".repeat(550));
    });

    it("loses and doubles no byte when it is cancelled and goes on at random", async (t) => {
      for (const seed of seeds(2)) {
        t.diagnostic(`seed ${seed}`);
        const random = new Random(seed);
        const rig = new Rig(t, variant);
        const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
        const receive = rig.start(RECEIVE, ours);
        let sent = 0;
        for (let step = 0; step < 2000; step++) {
          if (random.chance(0.6)) sent += send(peer, patternBytes(sent, 1 + random.magnitude(20_000)));
          if (random.chance(0.3)) rig.cancel(receive);
          if (random.chance(0.7)) rig.turn();
          if (!receive.request.inFlight && receive.ended) rig.submit(receive);
        }
        await rig.until(() => {
          if (!receive.request.inFlight && receive.ended) rig.submit(receive);
          return receive.byteCount === sent;
        }, "all bytes");
        const reader = new PatternReader();
        for (const { data } of receive.completions) if (data) reader.read(data);
        assert.equal(reader.bytes, sent);
        for (const { result, more } of receive.completions) {
          assert.ok(more ? result > 0 : result === -ECANCELED, `${result}`);
        }
      }
    });
  });
}
