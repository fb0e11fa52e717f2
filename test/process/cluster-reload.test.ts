import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { probeModels } from "../../src/drivers/index.ts";
import { Client, clusterProgram, gone, TestCluster, temporaryFolder } from "../support/clusters.ts";
import { runProgram } from "../support/programs.ts";
import { eventually } from "../support/settling.ts";

const guard = { timeout: 180_000 };

/** One client after the other, as fast as they are served, each with a connection of its own. */
class Load {
  served = 0;
  readonly failures: string[] = [];
  private isOver = false;
  private readonly clients: Promise<void>[];

  constructor(port: number, clients: number) {
    this.clients = Array.from({ length: clients }, () => this.run(port));
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.clients);
  }

  private async run(port: number): Promise<void> {
    while (!this.isOver) {
      try {
        const client = await Client.connect(port);
        const word = `word-${this.served}`;
        const answer = await client.ask(`echo ${word}`);
        if (answer !== word) this.failures.push(`answered ${answer}`);
        client.end();
        this.served++;
      } catch (error) {
        this.failures.push((error as Error).message);
      }
    }
  }
}

describe("a reload", () => {
  for (const { model, works, reason } of probeModels()) {
    it(`goes on accepting on ${model}`, { ...guard, skip: works ? false : reason }, async (t) => {
      const cluster = await TestCluster.start(t, {}, { PENTIO_MODEL: model });
      const before = await cluster.pids();
      cluster.signal("SIGHUP");
      await cluster.until(
        ({ processes }) => processes.every(({ pid, state }) => state === "serving" && !before.includes(pid!)),
        "all processes are new",
      );
      await gone(before);
      for (const slot of [0, 1]) assert.equal(await (await cluster.connectTo(slot)).ask("echo new"), "new");
    });
  }

  for (const listeners of ["own", "shared"] as const) {
    it(`refuses and resets nothing under load, with listeners ${listeners}`, guard, async (t) => {
      // On a machine that is busy a client may take long from its connection to its request: it is not idle yet.
      const cluster = await TestCluster.start(t, { listeners, idleMs: 20_000 });
      const load = new Load(cluster.port, 8);
      // Where other tests run beside it, 20 take more than a minute: `npm run bench -- cluster` does so many.
      for (let i = 0; i < 5; i++) {
        const before = new Set(await cluster.pids());
        const { served } = load;
        cluster.signal("SIGHUP");
        await cluster.until(
          ({ processes }) => processes.every(({ pid, state }) => state === "serving" && !before.has(pid!)),
          "all processes are new",
        );
        await gone([...before]);
        await eventually(() => load.served > served, "clients are served");
      }
      await load.stop();
      assert.deepEqual(load.failures, []);
      const { processes } = await cluster.status();
      for (const { restarts, failed } of processes)
        assert.deepEqual({ restarts, failed }, { restarts: 0, failed: 0 });
    });
  }

  it("lets the old process finish the connections that it has", guard, async (t) => {
    const cluster = await TestCluster.start(t);
    const old = await cluster.pids();
    const client = await cluster.connect();
    // Never idle: the next request is there before the answer to the last.
    client.send("wait stopping");
    client.send("echo after");
    client.send("stay");
    await cluster.until(({ processes }) => processes.some(({ open }) => open === 1), "it is open");
    cluster.signal("SIGHUP");
    assert.equal(await client.line(), "stopping");
    assert.equal(await client.line(), "after");
    const { processes } = await cluster.until(
      ({ processes }) =>
        processes.every(({ pid, state }) => state === "serving" && !old.includes(pid!)) &&
        processes.flatMap(({ finishing }) => finishing).length === 1,
      "all processes are new, and one old one goes on",
    );
    const [finishing] = processes.flatMap(({ finishing }) => finishing);
    assert.ok(old.includes(finishing!));
    assert.equal(await cluster.ask("echo new"), "new");
    // It would wait for its last connection.
    process.kill(finishing!, "SIGKILL");
    cluster.signal("SIGTERM");
    assert.equal((await cluster.program.end()).code, 0);
  });

  it("leaves the old processes where the new ones do not start", guard, async (t) => {
    const broken = join(temporaryFolder(t), "broken");
    const cluster = await TestCluster.start(t, { broken });
    const old = await cluster.pids();
    const complaint = cluster.complaint(/PENTIO_CLUSTER_RELOAD_FAILED/);
    writeFileSync(broken, "");
    cluster.signal("SIGHUP");
    assert.match(
      await complaint,
      /slot 0 ended with exit status 3 before it called serve\(\); the old one goes on/,
    );
    assert.deepEqual(await cluster.pids(), old);
    assert.equal(await cluster.ask("echo hello"), "hello");
    rmSync(broken);
    cluster.signal("SIGHUP");
    await cluster.until(
      ({ processes }) => processes.every(({ pid, state }) => state === "serving" && !old.includes(pid!)),
      "all processes are new",
    );
  });

  it("fails when the cluster stops in the middle of it, or has stopped", guard, async (t) => {
    const { code, lines, stderr } = await runProgram(
      clusterProgram(`
const cluster = await serve(function* () {}, options);
const reloading = cluster.reload().then(null, ({ code }) => console.log("in the middle", code));
await cluster.stop();
await reloading;
await cluster.reload().then(null, ({ code }) => console.log("afterwards", code));
`),
      { env: { XDG_RUNTIME_DIR: temporaryFolder(t) } },
    );
    assert.deepEqual(
      { code, lines, stderr },
      {
        code: 0,
        lines: ["in the middle ERR_INVALID_STATE", "afterwards ERR_INVALID_STATE"],
        stderr: "",
      },
    );
  });
});
