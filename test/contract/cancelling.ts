import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { describe, it } from "node:test";
import { ACCEPT, RECEIVE, SEND } from "../../src/drivers/index.ts";
import { IORING_SETUP_SUBMIT_ALL, prepareNop, Ring, setUserData } from "../../src/uring/index.ts";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { Random, seeds } from "../unit/support/random.ts";
import { Noted, Rig } from "./rig.ts";
import { connection, endSending, fill, listener, pair, receive, receiveAll, send } from "./sockets.ts";
import type { Variant } from "./variants.ts";

const ECANCELED = 125;

export function cancelling(variant: Variant): void {
  describe("cancelling", () => {
    for (const when of ["before it has reached the kernel", "while it waits"] as const) {
      for (const kind of ["receive", "accept", "send"] as const) {
        it(`a ${kind} ${when} is answered once`, async (t) => {
          const rig = new Rig(t, variant);
          const noted = waiting(rig, kind);
          if (when === "while it waits") rig.settle();
          assert.ok(noted.request.inFlight);
          rig.cancel(noted);
          rig.cancel(noted);
          await rig.until(() => noted.ended, "the answer");
          assert.deepEqual(noted.completions, [{ result: -ECANCELED, data: null, more: false }]);
          assert.equal(noted.request.inFlight, false);
          rig.cancel(noted);
          rig.settle();
          assert.equal(noted.completions.length, 1, "and once only");
        });
      }
    }

    it("what is not in flight does nothing", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      const never = new Noted(RECEIVE, ours);
      rig.cancel(never);
      rig.settle();
      assert.deepEqual(never.completions, []);
      rig.submit(never);
      send(peer, "received all the same");
      await rig.until(() => never.completions.length === 1, "the message");
      endSending(peer);
      await rig.until(() => never.ended, "the end");
      rig.cancel(never);
      rig.settle();
      assert.equal(never.last!.result, 0);
    });

    it("what has completed but was not told of yet keeps its result", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      const sent = rig.start(SEND, ours, Buffer.from("on its way"));
      rig.driver.flush();
      let text = "";
      for (const end = Date.now() + 20_000; text === "" && Date.now() < end; ) text += receiveAll(peer);
      rig.pause();
      rig.cancel(sent);
      await rig.until(() => sent.ended, "the answer");
      assert.deepEqual(sent.results, [10]);
      assert.equal(text, "on its way");
    });

    it("what has completed but was not told of yet does not reach whoever came after it", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      const [other, otherPeer] = rig.own(connection(rig.driver.socketFlags));
      const first = rig.start(RECEIVE, ours);
      rig.settle();
      endSending(peer);
      let completions = rig.driver.reap();
      while (completions.length === 0) {
        rig.driver.flush();
        completions = rig.driver.reap();
      }
      const second = rig.start(RECEIVE, other);
      rig.cancel(first);
      completions.deliver();
      assert.deepEqual(first.results, [0]);
      rig.settle();
      assert.deepEqual(second.completions, []);
      send(otherPeer, "undisturbed");
      await rig.until(() => second.completions.length === 1, "the message");
      assert.equal(second.bytes.toString(), "undisturbed");
    });

    it("loses nothing that has arrived", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      const first = rig.start(RECEIVE, ours);
      rig.settle();
      send(peer, "arrived");
      rig.cancel(first);
      await rig.until(() => first.ended, "the answer");
      const second = rig.start(RECEIVE, ours);
      endSending(peer);
      await rig.until(() => second.ended, "the end");
      assert.equal(Buffer.concat([first.bytes, second.bytes]).toString(), "arrived");
    });

    it("within a completion, and submitting again there, works", async (t) => {
      const rig = new Rig(t, variant);
      const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
      const noted = new Noted(RECEIVE, ours);
      noted.onCompletion = ({ more }) => {
        if (more) rig.cancel(noted);
        else rig.submit(noted);
      };
      rig.submit(noted);
      for (let i = 0; i < 100; i++) {
        send(peer, `${i},`);
        await rig.until(
          () => noted.bytes.toString().endsWith(`${i},`) && noted.finals.length === i + 1,
          `${i}`,
        );
      }
      noted.onCompletion = () => {};
      assert.equal(noted.bytes.toString(), Array.from({ length: 100 }, (_, i) => `${i},`).join(""));
      assert.ok(noted.finals.every(({ result }) => result === -ECANCELED));
    });

    it("many hundred requests at once is answered as many times", async (t) => {
      const rig = new Rig(t, variant);
      // Each takes two descriptors.
      const count = Math.min(1000, rig.driver.descriptorLimit / 3);
      const all = Array.from({ length: count }, () => {
        const [ours] = rig.own(connection(rig.driver.socketFlags));
        return rig.start(RECEIVE, ours);
      });
      rig.settle();
      for (const noted of all) rig.cancel(noted);
      await rig.until(() => all.every(({ ended }) => ended), "all answers");
      assert.ok(all.every(({ results }) => results.length === 1 && results[0] === -ECANCELED));
    });

    it("at random, with everything else at random, keeps all promises", async (t) => {
      for (const seed of seeds(3)) {
        t.diagnostic(`seed ${seed}`);
        const random = new Random(seed);
        const rig = new Rig(t, variant);
        const lines = Array.from({ length: 8 }, () => {
          const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
          const line = {
            peer,
            receive: new Noted(RECEIVE, ours),
            send: new Noted(SEND, ours),
            sent: 0,
            taken: 0,
            in: new PatternReader(),
            out: new PatternReader(),
          };
          line.receive.onCompletion = ({ data, result, more }) => {
            if (data) line.in.read(data);
            else assert.equal(result, -ECANCELED);
            if (!more && random.chance(0.5)) rig.submit(line.receive);
          };
          line.send.onCompletion = ({ result }) => {
            if (result > 0) line.taken += result;
            else assert.equal(result, -ECANCELED);
            if (random.chance(0.5))
              rig.submit(line.send, patternBytes(line.taken, 1 + random.magnitude(500_000)));
          };
          return line;
        });
        const idle = ({ request, completions, ended }: Noted) =>
          !request.inFlight && (ended || completions.length === 0);
        for (let step = 0; step < 5000; step++) {
          const line = random.pick(lines);
          const choice = random.below(8);
          if (choice === 0 && idle(line.receive)) rig.submit(line.receive);
          else if (choice === 1 && idle(line.send))
            rig.submit(line.send, patternBytes(line.taken, 1 + random.magnitude(500_000)));
          else if (choice === 2) rig.cancel(random.chance(0.5) ? line.receive : line.send);
          else if (choice === 3)
            line.sent += send(line.peer, patternBytes(line.sent, 1 + random.magnitude(100_000)));
          else if (choice === 4) {
            const chunk = receive(line.peer, 1 + random.magnitude(200_000));
            if (chunk) line.out.read(chunk);
          } else if (choice === 5 && rig.driver.rest()) rig.wake(rig.readable());
          else rig.turn();
        }
        for (const line of lines) {
          line.send.onCompletion = ({ result }) => {
            if (result > 0) line.taken += result;
          };
          rig.cancel(line.send);
        }
        await rig.until(() => {
          for (const line of lines) {
            if (idle(line.receive)) rig.submit(line.receive);
            const chunk = receive(line.peer);
            if (chunk) line.out.read(chunk);
          }
          return lines.every(
            (line) => idle(line.send) && line.in.bytes === line.sent && line.out.bytes === line.taken,
          );
        }, "all bytes in both directions");
        for (const line of lines) line.receive.onCompletion = () => {};
      }
    });
  });

  if (variant.name.startsWith("io_uring")) {
    describe("a completion that comes late", () => {
      /** Puts a completion into the driver's ring, as the kernel would. */
      const post = (target: number, low: number, high: number, result: number) => {
        const ring = new Ring({ entries: 1, completionEntries: 2, flags: IORING_SETUP_SUBMIT_ALL });
        const at = ring.nextEntry();
        prepareNop(ring.entries, at);
        const IORING_OP_MSG_RING = 40;
        ring.entries[at] = IORING_OP_MSG_RING;
        ring.entries[at + 1] = target;
        ring.entries[at + 2] = low;
        ring.entries[at + 3] = high;
        ring.entries[at + 6] = result;
        setUserData(ring.entries, at, 1, 1);
        ring.enter(1);
        const answer = ring.completions[ring.completionAt(0) + 2]!;
        ring.close();
        return answer;
      };
      const rings = () =>
        readdirSync("/proc/self/fd").filter((fd) => {
          try {
            return readlinkSync(`/proc/self/fd/${fd}`).includes("io_uring");
          } catch {
            return false;
          }
        });
      const ringOf = (make: () => Rig): [Rig, number] => {
        const before = rings();
        const rig = make();
        return [rig, Number(rings().find((fd) => !before.includes(fd)))];
      };

      it("for a slot that is used again is dropped", async (t) => {
        const [rig, ring] = ringOf(() => new Rig(t, variant));
        const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
        const first = rig.start(RECEIVE, ours);
        const { slot, generation } = first.request;
        rig.cancel(first);
        await rig.until(() => first.ended, "the end");
        const second = rig.start(RECEIVE, ours);
        assert.equal(second.request.slot, slot, "the slot is used again");
        rig.settle();
        // Slot 1000 was never used.
        for (const [low, high] of [
          [slot, generation],
          [slot, 12345],
          [1000, generation],
          [-1, -1],
        ] as const) {
          const answer = post(ring, low, high, -104);
          if (answer < 0) {
            t.skip(`this kernel cannot post completions for the test: ${answer}`);
            return;
          }
          rig.settle();
          assert.deepEqual(second.completions, []);
        }
        send(peer, "undisturbed");
        await rig.until(() => second.completions.length === 1, "the message");
        assert.equal(second.bytes.toString(), "undisturbed");
      });

      it("for the present use of the slot is taken, which shows that the test above tests something", async (t) => {
        const [rig, ring] = ringOf(() => new Rig(t, variant));
        const [ours] = rig.own(connection(rig.driver.socketFlags));
        const noted = rig.start(RECEIVE, ours);
        rig.settle();
        const answer = post(ring, noted.request.slot, noted.request.generation, -104);
        if (answer < 0) {
          t.skip(`this kernel cannot post completions for the test: ${answer}`);
          return;
        }
        await rig.until(() => noted.ended, "the posted completion");
        assert.deepEqual(noted.results, [-104]);
        // The kernel still has the receive, which nobody knows of any more: end it.
        const [, other] = [ours, openEnd(ours)];
        assert.ok(other);
      });
    });
  }

  /** Shuts a connection down, so that the kernel ends what it has in flight on it. */
  function openEnd(fd: number): boolean {
    endSending(fd);
    return true;
  }

  /** A request of which nothing can come. */
  function waiting(rig: Rig, kind: "receive" | "accept" | "send"): Noted {
    const { socketFlags } = rig.driver;
    if (kind === "accept") {
      const { fd } = listener(socketFlags);
      rig.own(fd);
      return rig.start(ACCEPT, fd);
    }
    if (kind === "receive") return rig.start(RECEIVE, rig.own(connection(socketFlags))[0]);
    // A Unix socket that is full stays full; TCP makes more room in time.
    const [full] = rig.own(pair(socketFlags));
    fill(full);
    return rig.start(SEND, full, Buffer.alloc(1000));
  }
}
