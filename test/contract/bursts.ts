import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RECEIVE, SEND } from "../../src/drivers/index.ts";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { Noted, Rig } from "./rig.ts";
import { connection, endSending, receive, receiveAll, send } from "./sockets.ts";
import type { Variant } from "./variants.ts";

export function bursts(variant: Variant): void {
  // Of aio each send is a thread of the C library that begins, ends and sends a signal, one after the other: on a busy
  // machine that takes milliseconds, and there is no ring to overflow.
  const sendsMax = variant.model === "aio" ? 1_000 : 40_000;

  describe("a burst", () => {
    it("of 64 KiB from each of 64 peers, with one that is far ahead, loses nothing", async (t) => {
      const rig = new Rig(t, variant);
      const lines = Array.from({ length: 64 }, (_, i) => {
        const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
        return { ours, peer, reader: new PatternReader(), sent: 0, wanted: i === 17 ? 8_000_000 : 64 * 1024 };
      });
      const push = () => {
        for (const line of lines) {
          while (line.sent < line.wanted) {
            const length = Math.min(500_000, line.wanted - line.sent);
            const taken = send(line.peer, patternBytes(line.sent, length));
            line.sent += taken;
            if (taken < length) break;
          }
          if (line.sent === line.wanted) {
            endSending(line.peer);
            line.wanted = -1;
          }
        }
      };
      push();
      const receives = lines.map((line) => {
        const noted = new Noted(RECEIVE, line.ours);
        noted.onCompletion = ({ data }) => {
          if (data) line.reader.read(data);
        };
        return rig.submit(noted);
      });
      await rig.until(() => {
        push();
        return receives.every(({ ended }) => ended);
      }, "all ends");
      for (const line of lines) assert.equal(line.reader.bytes, line.sent);
      assert.ok(receives.every(({ last }) => last!.result === 0));
      assert.equal(
        lines.reduce((sum, { sent }) => sum + sent, 0),
        8_000_000 + 63 * 64 * 1024,
      );
    });

    it("again and again, with all that was received kept, loses nothing", async (t) => {
      const rig = new Rig(t, variant);
      const lines = Array.from({ length: 40 }, () => {
        const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
        return { peer, receive: rig.start(RECEIVE, ours), sent: 0 };
      });
      for (let round = 0; round < 20; round++) {
        for (const line of lines) line.sent += send(line.peer, patternBytes(line.sent, 100_000));
        await rig.until(() => lines.every((line) => line.receive.byteCount === line.sent), "all bytes");
      }
      for (const { receive } of lines) {
        const reader = new PatternReader();
        for (const { data } of receive.completions) reader.read(data!);
      }
    });

    it("of more completions than the ring has room for loses none", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      let told = 0;
      const byte = Buffer.from("b");
      const requests = Array.from({ length: sendsMax }, () => {
        const noted = new Noted(SEND, ours, byte);
        noted.onCompletion = ({ result }) => {
          assert.equal(result, 1);
          told++;
        };
        return noted;
      });
      // Not a single turn in between: they all complete before anybody looks.
      for (const request of requests) rig.submit(request);
      rig.driver.flush();
      let received = 0;
      await rig.until(() => {
        received += receiveAll(peer).length;
        return told === sendsMax && received === sendsMax;
      }, "all completions");
      assert.ok(requests.every(({ completions, request }) => completions.length === 1 && !request.inFlight));
      assert.equal(rig.driver.statistics().inFlight, 0);
    });

    it("of more cancellations than the ring has room for loses none", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      // One receive waits all the time, and must outlive the flood.
      const steady = rig.start(RECEIVE, ours);
      rig.settle();
      const [other] = rig.own(connection(rig.driver.socketFlags));
      let ends = 0;
      for (let i = 0; i < 10_000; i++) {
        const noted = new Noted(RECEIVE, other);
        noted.onCompletion = () => ends++;
        rig.submit(noted);
        rig.cancel(noted);
      }
      await rig.until(() => ends === 10_000, "all ends");
      send(peer, "still there?");
      await rig.until(() => steady.completions.length === 1, "the message");
      assert.equal(steady.bytes.toString(), "still there?");
    });

    it("of messages while nobody looks loses none", async (t) => {
      const rig = new Rig(t, variant);
      const lines = Array.from({ length: 200 }, () => {
        const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
        return { peer, receive: rig.start(RECEIVE, ours), text: "" };
      });
      rig.settle();
      for (let i = 0; i < 150; i++) {
        for (const line of lines) {
          if (send(line.peer, `${i},`) > 0) line.text += `${i},`;
          // The kernel gets going without us wherever it can.
          rig.driver.flush();
        }
      }
      await rig.until(
        () => lines.every((line) => line.receive.byteCount === line.text.length),
        "all messages",
      );
      for (const line of lines) assert.equal(line.receive.bytes.toString(), line.text);
    });

    it("of requests within completions loses none", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      let told = 0;
      const again = ({ result }: { result: number }) => {
        assert.equal(result, 1);
        told++;
        for (let i = 0; i < 3 && rig.submitted < sendsMax; i++) start();
      };
      const start = () => {
        const noted = new Noted(SEND, ours, Buffer.from("x"));
        noted.onCompletion = again;
        rig.submit(noted);
      };
      start();
      let received = 0;
      await rig.until(() => {
        received += receive(peer)?.length ?? 0;
        return told === sendsMax && received === sendsMax;
      }, "all completions");
    });
  });
}
