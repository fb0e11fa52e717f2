import assert from "node:assert/strict";
import fs from "node:fs";
import { constants } from "node:os";
import { describe, it, type TestContext } from "node:test";
import { READ, RECEIVE, WRITE } from "../../src/drivers/index.ts";
import { PatternReader, patternBytes } from "../support/pattern.ts";
import { collectGarbage } from "../unit/support/garbage.ts";
import { Random, seeds } from "../unit/support/random.ts";
import { openFile, transfer } from "./regular-files.ts";
import { Noted, Rig } from "./rig.ts";
import { connection, send } from "./sockets.ts";
import type { Variant } from "./variants.ts";

const { ECANCELED } = constants.errno;
const FILE_BYTES = 400_000;

/** A file, what should stand in it, and which parts are being written or read. */
class Modelled {
  readonly model = patternBytes(0, FILE_BYTES);
  readonly busy = new Set<{ start: number; end: number }>();
  readonly fd: number;
  readonly path: string;

  constructor(t: TestContext, rig: Rig) {
    ({ fd: this.fd, path: this.path } = openFile(t, rig, this.model));
  }

  /** Whether nothing overlaps: what would come of that nobody promises. */
  isFree(start: number, end: number): boolean {
    return ![...this.busy].some((part) => part.start < end && start < part.end);
  }
}

/** Begins a transfer at random whose answer is checked against the model, and noted in it. */
function begin(rig: Rig, random: Random, file: Modelled): Noted | undefined {
  const isRead = random.chance(0.5);
  const start = random.below(FILE_BYTES + (isRead ? 5000 : 0));
  const length = Math.min(random.magnitude(150_000), isRead ? Number.POSITIVE_INFINITY : FILE_BYTES - start);
  if (!file.isFree(start, start + length)) return undefined;
  const memory = random.chance(0.5)
    ? new Uint8Array(length)
    : Buffer.alloc(length + 9).subarray(4, length + 4);
  if (!isRead) memory.set(random.bytes(Math.min(length, 50)));
  const available = Math.max(0, Math.min(length, FILE_BYTES - start));
  const part = { start, end: start + length };
  file.busy.add(part);
  const noted = new Noted(isRead ? READ : WRITE, file.fd);
  noted.onCompletion = ({ result }) => {
    file.busy.delete(part);
    if (result === -ECANCELED) return;
    assert.ok(result >= 0 && result <= available, `${result} of ${available}`);
    assert.ok(result > 0 || available === 0, "nothing is the end of the file");
    if (isRead) assert.ok(file.model.subarray(start, start + result).equals(memory.subarray(0, result)));
    else file.model.set(memory.subarray(0, result), start);
  };
  return transfer(rig, noted, memory, start);
}

/** The same operations, made from a seed, on every driver: each has to come out as in a model in memory. */
export function filesAtRandom(variant: Variant): void {
  describe("files at random", () => {
    it("are what a model in memory is, beside sockets and cancellations", async (t) => {
      for (const seed of seeds(3)) {
        t.diagnostic(`seed ${seed}`);
        const random = new Random(seed);
        const rig = new Rig(t, variant);
        const files = Array.from({ length: 3 }, () => new Modelled(t, rig));
        const [ours, peer] = rig.own(connection(rig.driver.socketFlags));
        const received = rig.start(RECEIVE, ours);
        const reader = new PatternReader();
        received.onCompletion = ({ data }) => {
          if (data) reader.read(data);
        };
        let sent = 0;
        let underWay: Noted[] = [];
        for (let step = 0; step < 3000; step++) {
          underWay = underWay.filter(({ ended }) => !ended);
          const choice = random.below(10);
          if (choice < 4) {
            const noted = begin(rig, random, random.pick(files));
            if (noted) underWay.push(noted);
          } else if (choice === 4 && underWay.length > 0) rig.cancel(random.pick(underWay));
          else if (choice === 5) sent += send(peer, patternBytes(sent, 1 + random.magnitude(10_000)));
          else if (choice === 6 && random.chance(0.02)) collectGarbage();
          else if (choice === 7 && rig.driver.rest()) rig.wake(rig.readable());
          else rig.turn();
        }
        await rig.until(
          () => underWay.every(({ ended }) => ended) && reader.bytes === sent,
          "all answers and all bytes",
        );
        for (const { path, model } of files) assert.ok(fs.readFileSync(path).equals(model), path);
      }
    });
  });
}
