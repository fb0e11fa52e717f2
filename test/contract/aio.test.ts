import assert from "node:assert/strict";
import fs from "node:fs";
import { constants } from "node:os";
import { describe, it, type TestContext } from "node:test";
import { SEND } from "../../src/drivers/index.ts";
import { addressOf, SO_SNDTIMEO, SOL_SOCKET, syscalls } from "../../src/sys/index.ts";
import { keepTheContract } from "./contract.ts";
import { openFile, write } from "./regular-files.ts";
import { type Noted, Rig } from "./rig.ts";
import { fill, pair, receiveAll } from "./sockets.ts";
import { variants } from "./variants.ts";

keepTheContract("aio");

const aio = variants.find(({ model }) => model === "aio")!;

describe("what is the driver aio's own", { skip: aio.refusal }, () => {
  it("a transfer that waits in the C library is cancelled there", { timeout: 180_000 }, async (t) => {
    const rig = new Rig(t, aio);
    const bytes = 64 * 1024;
    let cancelled = 0;
    // It makes one call at a time for each descriptor: the others wait, unless it has been faster than we are.
    while (cancelled === 0) {
      // No more than the driver hands over at once.
      const count = 60;
      const { fd, path } = openFile(t, rig, Buffer.alloc(count * bytes, "-"));
      const all = Array.from({ length: count }, (_, i) =>
        write(rig, fd, Buffer.alloc(bytes, "w"), i * bytes),
      );
      for (const noted of all) rig.cancel(noted);
      await rig.until(() => all.every(({ ended }) => ended), "all answers");
      const text = fs.readFileSync(path, "latin1");
      for (const [i, { last }] of all.entries()) {
        const { result } = last!;
        assert.ok(result === bytes || result === -constants.errno.ECANCELED, `${result}`);
        assert.equal(text[i * bytes], result > 0 ? "w" : "-");
        if (result < 0) cancelled++;
      }
    }
  });

  it("a write that has waited for seconds wakes nobody any more, and is cancelled all the same", async (t) => {
    const { rig, writes } = await waitingWrites(t, 1);
    rig.settle();
    assert.equal(rig.readable(1500), false);
    rig.cancel(writes[0]!.noted);
    await rig.until(() => writes[0]!.noted.ended, "its end");
    assert.deepEqual(writes[0]!.noted.results, [-constants.errno.ECANCELED]);
  });

  it("such a write goes on when there is room, and the next is the C library's again", async (t) => {
    const { rig, writes } = await waitingWrites(t, 1);
    const { fd, peer, noted } = writes[0]!;
    receiveAll(peer);
    await rig.until(() => noted.ended, "its end");
    assert.deepEqual(noted.results, [TEXT.length]);
    const next = rig.start(SEND, fd, TEXT);
    assert.equal(sendTimeoutMs(fd) > 0, true);
    await rig.until(() => next.ended, "the next one's end");
    assert.equal(receiveAll(peer).toString(), `${TEXT}${TEXT}`);
  });

  it("of many such writes all are cancelled, whoever makes them", async (t) => {
    const { rig, writes } = await waitingWrites(t, 5, 3);
    for (const { noted } of writes) rig.cancel(noted);
    await rig.until(() => writes.every(({ noted }) => noted.ended), "their ends");
    for (const { noted } of writes) assert.deepEqual(noted.results, [-constants.errno.ECANCELED]);
  });
});

const TEXT = Buffer.from("written at last");

/** Writes to sockets whose peers do not read, when so many have waited long enough for a thread of their own. */
async function waitingWrites(t: TestContext, count: number, lent = count) {
  const rig = new Rig(t, aio);
  const writes: { fd: number; peer: number; noted: Noted }[] = [];
  for (let i = 0; i < count; i++) {
    const [fd, peer] = rig.own(pair(rig.driver.socketFlags));
    fill(fd);
    writes.push({ fd, peer, noted: rig.start(SEND, fd, TEXT) });
  }
  // Threads of ours need no time-out, and all the others have reached the longest.
  const areLent = () => writes.filter(({ fd }) => sendTimeoutMs(fd) === 0).length === lent;
  const haveWaited = () => writes.every(({ fd }) => [0, 1000].includes(sendTimeoutMs(fd)));
  await rig.until(() => areLent() && haveWaited(), "the thread of their own");
  return { rig, writes };
}

/** How long a write to the socket may block. 0: for ever. */
function sendTimeoutMs(fd: number): number {
  const time = new Int32Array(Buffer.allocUnsafeSlow(16).buffer);
  const length = new Int32Array(Buffer.allocUnsafeSlow(4).buffer).fill(16);
  assert.equal(syscalls.getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, addressOf(time), addressOf(length)), 0);
  return time[0]! * 1000 + time[2]! / 1000;
}
