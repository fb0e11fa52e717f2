import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Client, gone, TestCluster, temporaryFolder } from "../support/clusters.ts";

const guard = { timeout: 180_000 };

function children(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean).map(Number);
}

/** A client whose handler is in an endless loop, for it answers to what stands before that. */
async function hang(cluster: TestCluster): Promise<Client> {
  const client = await cluster.connect();
  assert.equal(await client.ask("echo before\nhang"), "before");
  return client;
}

for (const per of ["thread", "process"] as const) {
  describe(`a ${per} for each connection`, () => {
    it("gives every client its bytes back", guard, async (t) => {
      const cluster = await TestCluster.start(t, { per });
      const words = Array.from({ length: 6 }, (_, i) => `word-${i}`);
      assert.deepEqual(await Promise.all(words.map((word) => cluster.ask(`echo ${word}`))), words);
      cluster.signal("SIGTERM");
      const { code, stderr } = await cluster.program.end();
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    });

    it("begins and ends with the connection", guard, async (t) => {
      const cluster = await TestCluster.start(t, { per });
      const clients = [await cluster.connect(), await cluster.connect()];
      const places = await Promise.all(clients.map((client) => client.ask("where")));
      assert.equal(new Set([...places, `${cluster.pid} 0`]).size, 3);
      const pids = places.map((place) => Number(place!.split(" ")[0]));
      assert.equal(pids.includes(cluster.pid), per === "thread");
      for (const client of clients) client.end();
      // A connection is open until its thread or process has ended.
      await cluster.until(({ processes: [only] }) => only!.open === 0, "they have ended");
      if (per === "process") await gone(pids);
    });

    it("has connections beyond its bound wait until others have ended", guard, async (t) => {
      const cluster = await TestCluster.start(t, { per, connectionsMax: 2 });
      const [first, second] = [await cluster.connect(), await cluster.connect()];
      assert.equal(await first.ask("echo first"), "first");
      assert.equal(await second.ask("echo second"), "second");
      const third = await cluster.connect();
      third.send("echo third");
      // The two go on while the third waits.
      assert.equal(await first.ask("echo again"), "again");
      assert.equal((await cluster.status()).processes[0]!.accepted, 2);
      second.end();
      assert.equal(await third.line(), "third");
      assert.equal(await first.ask("echo still"), "still");
      for (const client of [first, third]) client.end();
    });

    it("blocks nobody else when a handler computes for ever", guard, async (t) => {
      const cluster = await TestCluster.start(t, { per, graceMs: 200 });
      const client = await hang(cluster);
      assert.equal(await cluster.ask("echo hello"), "hello");
      cluster.signal("SIGTERM");
      assert.equal(await client.line(), null);
      assert.equal((await cluster.program.end()).code, 0);
    });

    it(
      "tells of what its handler throws once, and of a peer's reset not at all; both are counted",
      guard,
      async (t) => {
        const cluster = await TestCluster.start(t, { per });
        const client = await cluster.connect();
        assert.equal(await client.ask("echo hello"), "hello");
        client.socket.resetAndDestroy();
        await cluster.until(({ processes: [only] }) => only!.failed === 1, "the reset is counted");
        assert.equal(await cluster.ask("fail"), null);
        // Nobody else's connection has ended.
        assert.equal(await cluster.ask("echo hello"), "hello");
        const { processes } = await cluster.until(
          ({ processes: [only] }) => only!.failed === 2 && only!.open === 0,
          "both are counted",
        );
        const { bytesRead, bytesWritten } = processes[0]!;
        assert.deepEqual({ bytesRead, bytesWritten }, { bytesRead: 27, bytesWritten: 12 });
        cluster.signal("SIGTERM");
        const { stderr } = await cluster.program.end();
        assert.equal(stderr.match(/handler has failed/g)?.length, 1);
        assert.match(stderr, /the handler was told to fail/);
      },
    );

    it("ends a connection whose program does not serve in time, or not at all", guard, async (t) => {
      const file = join(temporaryFolder(t), "file");
      for (const [options, complaint] of [
        [{ stuck: file, startMs: 3000 }, "has not called serve\\(\\) within 3000 ms"],
        [{ broken: file }, "ended with exit status 3"],
      ] as const) {
        const cluster = await TestCluster.start(t, { per, connectionsMax: 1, ...options });
        writeFileSync(file, "");
        assert.equal(await (await cluster.connect()).line(), null);
        await cluster.until(({ processes: [only] }) => only!.failed === 1, "it is counted");
        rmSync(file);
        // There is one place, which is free again; on a machine that is busy, the next may be late, too.
        while ((await cluster.ask("echo hello").catch(() => null)) !== "hello");
        cluster.signal("SIGTERM");
        const { stderr } = await cluster.program.end();
        assert.match(stderr, new RegExp(`The ${per} of a connection ${complaint}`));
      }
    });

    it("half-closes idle connections at the end, and lets requests finish", guard, async (t) => {
      const cluster = await TestCluster.start(t, { per });
      const [busy, idle] = [await cluster.connect(), await cluster.connect()];
      assert.equal(await idle.ask("echo hello"), "hello");
      assert.equal(await busy.ask("echo hello"), "hello");
      busy.send("wait done");
      cluster.signal("SIGTERM");
      assert.equal(await busy.line(), "done");
      assert.equal(await busy.line(), null);
      assert.equal(await idle.line(), null);
      assert.equal((await cluster.program.end()).code, 0);
    });
  });
}

describe("processes for connections", () => {
  it("end when the one that accepts is killed", guard, async (t) => {
    const cluster = await TestCluster.start(t, { per: "process" });
    const client = await cluster.connect();
    assert.equal(await client.ask("echo hello"), "hello");
    const pids = children(cluster.pid);
    assert.equal(pids.length, 1);
    await cluster.program.kill();
    await gone(pids);
  });

  it("end even if they compute for ever", guard, async (t) => {
    const cluster = await TestCluster.start(t, { per: "process" });
    await hang(cluster);
    const pids = children(cluster.pid);
    assert.equal(pids.length, 1);
    await cluster.program.kill();
    await gone(pids);
  });
});

describe("a server without other processes", () => {
  it("serves, and ends in good order", guard, async (t) => {
    const cluster = await TestCluster.start(t, { processes: 0 });
    assert.deepEqual(await cluster.pids(), [cluster.pid]);
    const client = await cluster.connect();
    assert.equal(await client.ask("echo hello"), "hello");
    client.send("wait done");
    cluster.signal("SIGTERM");
    assert.equal(await client.line(), "done");
    assert.equal(await client.line(), null);
    assert.equal((await cluster.program.end()).code, 0);
  });
});
