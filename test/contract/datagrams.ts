import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RECEIVE, SEND } from "../../src/drivers/index.ts";
import { Rig } from "./rig.ts";
import { close, datagramPair, receive, send } from "./sockets.ts";
import type { Variant } from "./variants.ts";

const ECONNREFUSED = 111;

/** Connected datagram sockets, as far as RECEIVE and SEND know no difference. */
export function datagrams(variant: Variant): void {
  describe("datagrams", () => {
    const texts = ["one", "two two", "t", "four four four", "five"];
    const queued = (rig: Rig): number => {
      const [ours, peer] = rig.own(datagramPair(rig.driver.socketFlags));
      for (const text of texts) send(peer, text);
      return ours;
    };
    const toldTexts = ({ completions }: { completions: readonly { data: Buffer | null }[] }) =>
      completions.map(({ data }) => String(data));

    it("that were queued before anybody received are all given, each by itself", async (t) => {
      const rig = new Rig(t, variant);
      const received = rig.start(RECEIVE, queued(rig));
      await rig.until(() => received.completions.length === texts.length, "all datagrams");
      assert.deepEqual(toldTexts(received), texts);
      assert.ok(received.completions.every(({ more }) => more));
    });

    it("that come while somebody receives are all given, each by itself", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(datagramPair(rig.driver.socketFlags));
      const received = rig.start(RECEIVE, ours);
      for (let round = 1; round <= 20; round++) {
        rig.settle();
        // Several for one look of the driver's, then one for each.
        for (const text of texts) send(peer, text);
        await rig.until(() => received.completions.length === round * texts.length, "all datagrams");
      }
      assert.deepEqual(toldTexts(received), Array(20).fill(texts).flat());
    });

    it("that are queued wait for who receives after a cancellation", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(datagramPair(rig.driver.socketFlags));
      const received = rig.start(RECEIVE, ours);
      rig.settle();
      rig.cancel(received);
      await rig.until(() => received.ended, "the cancellation");
      for (const text of texts) send(peer, text);
      rig.settle();
      rig.submit(received);
      await rig.until(() => received.completions.length === 1 + texts.length, "all datagrams");
      assert.deepEqual(toldTexts(received).slice(1), texts);
    });

    it("that are empty end the request like an end, and what comes behind is there for the next", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(datagramPair(rig.driver.socketFlags));
      for (const text of ["before", "", "behind"]) send(peer, text);
      const received = rig.start(RECEIVE, ours);
      await rig.until(() => received.ended, "the empty one");
      assert.deepEqual(received.completions, [
        { result: 6, data: Buffer.from("before"), more: true },
        { result: 0, data: null, more: false },
      ]);
      rig.submit(received);
      await rig.until(() => received.completions.length === 3, "the one behind");
      assert.deepEqual(toldTexts(received).slice(2), ["behind"]);
    });

    it("are sent whole, each by itself", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(datagramPair(rig.driver.socketFlags));
      const sends = texts.map((text) => rig.start(SEND, ours, Buffer.from(text)));
      await rig.until(() => sends.every(({ ended }) => ended), "all sends");
      assert.deepEqual(
        sends.map(({ last }) => last!.result),
        texts.map(({ length }) => length),
      );
      const arrived: string[] = [];
      await rig.until(() => {
        for (let data = receive(peer); data; data = receive(peer)) arrived.push(String(data));
        return arrived.length === texts.length;
      }, "all datagrams");
      // The order in which several sends are in flight is the kernel's affair.
      assert.deepEqual(arrived.sort(), [...texts].sort());
    });

    it("to a peer that is gone are refused: who receives is told, and can go on", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(datagramPair(rig.driver.socketFlags));
      const received = rig.start(RECEIVE, ours);
      rig.settle();
      close(rig.release(peer));
      send(ours, "is anybody there?");
      await rig.until(() => received.ended, "the refusal");
      assert.deepEqual(received.completions, [{ result: -ECONNREFUSED, data: null, more: false }]);
      rig.submit(received);
      rig.settle();
      assert.ok(received.request.inFlight);
      send(ours, "still nobody?");
      await rig.until(() => received.finals.length === 2, "the refusal again");
      assert.deepEqual(received.results, [-ECONNREFUSED, -ECONNREFUSED]);
    });

    it("to a peer that is gone are refused: who sends next is told, if nobody receives", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(datagramPair(rig.driver.socketFlags));
      close(rig.release(peer));
      send(ours, "is anybody there?");
      const refused = rig.start(SEND, ours, Buffer.from("still nobody?"));
      await rig.until(() => refused.ended, "the refusal");
      assert.deepEqual(refused.results, [-ECONNREFUSED]);
      const taken = rig.start(SEND, ours, Buffer.from("told once"));
      await rig.until(() => taken.ended, "the last send");
      assert.deepEqual(taken.results, [9]);
    });
  });
}
