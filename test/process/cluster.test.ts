import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type ClusterStatus, serve } from "../../src/cluster/index.ts";
import { onProcessor, usableProcessors } from "../../src/sys/index.ts";
import { clusterProgram, gone, TestCluster, temporaryFolder } from "../support/clusters.ts";
import { descendants } from "../support/descendants.ts";
import { Program, runProgram } from "../support/programs.ts";
import { eventually } from "../support/settling.ts";

const guard = { timeout: 180_000 };
const execute = promisify(execFile);
const command = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

describe("a cluster", () => {
  it("gives every client its bytes back, and counts", guard, async (t) => {
    const cluster = await TestCluster.start(t);
    const words = Array.from({ length: 40 }, (_, i) => `word-${i}`);
    const answers = await Promise.all(words.map((word) => cluster.ask(`echo ${word}`)));
    assert.deepEqual(answers, words);
    const bytes = words.reduce((sum, word) => sum + word.length + 1, 0);
    const total = (
      status: Awaited<ReturnType<typeof cluster.status>>,
      name: "accepted" | "bytesWritten" | "open",
    ) => status.processes.reduce((sum, process) => sum + process[name], 0);
    const status = await cluster.until((status) => total(status, "bytesWritten") === bytes, "all is counted");
    assert.equal(total(status, "accepted"), words.length);
    await cluster.until((status) => total(status, "open") === 0, "all have ended");
    assert.equal(status.address, `127.0.0.1:${cluster.port}`);
    for (const { cpuMs, rssBytes } of status.processes) assert.ok(cpuMs > 0 && rssBytes > 0);
  });

  for (const listeners of ["own", "shared"] as const) {
    it(`has connections in several processes when listeners are ${listeners}`, guard, async (t) => {
      const cluster = await TestCluster.start(t, { listeners });
      assert.equal((await cluster.status()).listeners, listeners);
      // By chance, so until it has happened.
      for (;;) {
        for (let i = 0; i < 16; i++) assert.equal(await cluster.ask("echo hello"), "hello");
        const { processes } = await cluster.status();
        if (processes.every(({ accepted }) => accepted > 0)) break;
      }
    });
  }

  it("with affinity has each process on a processor, and connections where they arrive", guard, async (t) => {
    const [major, minor] = release().split(".").map(Number);
    if (major! < 6 || (major === 6 && minor! < 2)) return t.skip("Linux 6.2 chooses by the processor");
    const usable = usableProcessors();
    const cluster = await TestCluster.start(t, { processes: usable.length, affinity: true });
    const ask = `exec 3<>/dev/tcp/127.0.0.1/${cluster.port}; echo where >&3; head -n 1 <&3`;
    /** Until it is so each time: who stood in for a process gives its connections up a moment after that serves. */
    const alwaysAnswers = (processor: number, pid: number) => {
      for (let times = 0; times < 10; ) {
        const answer = String(onProcessor(processor, () => execFileSync("bash", ["-c", ask])));
        times = answer === `${pid} 0\n` ? times + 1 : 0;
      }
    };
    for (const [slot, pid] of (await cluster.pids()).entries()) {
      const processor = usable[slot]!;
      assert.match(
        readFileSync(`/proc/${pid}/status`, "utf8"),
        new RegExp(`^Cpus_allowed_list:\t${processor}$`, "m"),
      );
      alwaysAnswers(processor, pid);
    }
    // A process that is started again takes its predecessor's place.
    const [first] = await cluster.pids();
    process.kill(first!, "SIGKILL");
    const { processes } = await cluster.until(
      ({ processes: [slot] }) => slot!.state === "serving" && slot!.pid !== first,
      "there is a new one",
    );
    alwaysAnswers(usable[0]!, processes[0]!.pid!);
  });

  it("goes on when a handler fails", guard, async (t) => {
    const cluster = await TestCluster.start(t);
    const pids = await cluster.pids();
    assert.equal(await cluster.ask("fail"), null);
    assert.equal(await cluster.ask("echo alive"), "alive");
    await cluster.until(({ processes }) => processes.some(({ failed }) => failed === 1), "it is counted");
    assert.deepEqual(await cluster.pids(), pids);
    cluster.signal("SIGTERM");
    assert.match((await cluster.program.end()).stderr, /the handler was told to fail/);
  });

  it("starts a process again that was killed", guard, async (t) => {
    const cluster = await TestCluster.start(t);
    const [first] = await cluster.pids();
    process.kill(first!, "SIGKILL");
    const { processes } = await cluster.until(
      ({ processes: [slot] }) => slot!.state === "serving" && slot!.pid !== first,
      "there is a new one",
    );
    assert.equal(processes[0]!.restarts, 1);
    assert.equal(processes[0]!.lastEnding, "ended by SIGKILL");
    assert.equal(processes[1]!.restarts, 0);
    const client = await cluster.connectTo(0);
    assert.equal(await client.ask("echo again"), "again");
  });

  it("kills a process that hangs, and starts another", guard, async (t) => {
    const cluster = await TestCluster.start(t, { hangMs: 6000 });
    const [first] = await cluster.pids();
    const client = await cluster.connectTo(0);
    assert.equal(await client.ask("hang"), null);
    const { processes } = await cluster.until(
      ({ processes: [slot] }) => slot!.state === "serving" && slot!.pid !== first,
      "there is a new one",
    );
    assert.equal(processes[0]!.lastEnding, "hung: no heartbeat for 6000 ms");
    assert.equal(await (await cluster.connectTo(0)).ask("echo again"), "again");
  });

  it(
    "waits longer and longer with one that dies at its start, while the others serve its clients",
    guard,
    async (t) => {
      const broken = join(temporaryFolder(t), "broken");
      const cluster = await TestCluster.start(t, { broken });
      const [first, second] = await cluster.pids();
      writeFileSync(broken, "");
      process.kill(first!, "SIGKILL");
      await cluster.until(({ processes: [slot] }) => slot!.restarts >= 3, "it was tried three times");
      // The kernel puts about half of them into the queue of the socket whose process is missing.
      const words = Array.from({ length: 40 }, (_, i) => `word-${i}`);
      assert.deepEqual(await Promise.all(words.map((word) => cluster.ask(`echo ${word}`))), words);
      const { processes } = await cluster.status();
      assert.equal(processes[0]!.lastEnding, "ended with exit status 3");
      assert.deepEqual([processes[1]!.pid, processes[1]!.restarts], [second, 0]);
      rmSync(broken);
      await cluster.until(({ processes: [slot] }) => slot!.state === "serving", "it serves again");
      assert.equal(await (await cluster.connectTo(0)).ask("echo again"), "again");
      cluster.signal("SIGTERM");
      const { stderr } = await cluster.program.end();
      const pauses = [...stderr.matchAll(/started again in (\d+) ms/g)].map(([, ms]) => Number(ms));
      assert.deepEqual(pauses.slice(0, 3), [50, 100, 200]);
    },
  );

  it("passes on the signal that dumps the tasks", guard, async (t) => {
    const cluster = await TestCluster.start(t);
    const pids = [cluster.pid, ...(await cluster.pids())];
    // In whatever order they come.
    const all = new RegExp(pids.map((pid) => `(?=[^]*Tasks of process ${pid}:)`).join(""));
    const complaint = cluster.complaint(all);
    cluster.signal("SIGUSR2");
    assert.match(await complaint, /"heartbeat"|heartbeat/);
    assert.deepEqual([cluster.pid, ...(await cluster.pids())], pids);
  });

  it("is shown by pentio cluster status", guard, async (t) => {
    const cluster = await TestCluster.start(t);
    const env = { ...process.env, XDG_RUNTIME_DIR: cluster.folder };
    const [first, second] = await cluster.pids();
    const { stdout } = await execute(process.execPath, [command, "cluster", "status"], { env });
    assert.match(
      stdout,
      new RegExp(`^cluster-program.js on 127.0.0.1:${cluster.port}: supervisor ${cluster.pid}, `),
    );
    assert.match(stdout, new RegExp(`^ +0 +${first}  serving .*\n +1 +${second}  serving `, "m"));
    const { stdout: json } = await execute(process.execPath, [command, "cluster", "status", "--json"], {
      env,
    });
    assert.deepEqual(
      (JSON.parse(json) as ClusterStatus[]).map(({ pid }) => pid),
      [cluster.pid],
    );
    // What a supervisor leaves behind that was killed does not count.
    await cluster.program.kill();
    await assert.rejects(execute(process.execPath, [command, "cluster", "status"], { env }), {
      code: 1,
      stdout: "No cluster of this user is running\n",
    });
  });

  it("tells its status though others have left before they were told", guard, async (t) => {
    const cluster = await TestCluster.start(t);
    cluster.signal("SIGSTOP");
    for (let i = 0; i < 20; i++) {
      const socket = cluster.connectToStatus();
      await once(socket, "connect");
      socket.destroy();
      await once(socket, "close");
    }
    cluster.signal("SIGCONT");
    assert.equal((await cluster.status()).pid, cluster.pid);
  });

  it("takes the place of one that was killed and had its number", guard, async (t) => {
    const folder = temporaryFolder(t);
    const program = clusterProgram(`
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { listClusters } from "$src/cluster/index.js";
const folder = ${JSON.stringify(join(folder, "pentio"))};
mkdirSync(folder, { mode: 0o700 });
const killed = "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
spawnSync(process.execPath, ["-e", killed, folder + "/cluster-" + process.pid + ".sock"]);
const cluster = await serve(function* () {}, { ...options, processes: 0 });
for (let found; found !== process.pid; ) [found] = (await listClusters()).map(({ pid }) => pid);
await cluster.stop();
`);
    const end = await runProgram(program, { env: { XDG_RUNTIME_DIR: folder } });
    assert.deepEqual(end, { code: 0, signal: null, stderr: "", lines: [] });
  });

  it("leaves no process behind when the supervisor is killed", guard, async (t) => {
    const cluster = await TestCluster.start(t, { graceMs: 300 });
    const pids = await cluster.pids();
    const [clinging, idle] = [await cluster.connect(), await cluster.connect()];
    assert.equal(await clinging.ask("echo hello"), "hello");
    assert.equal(await idle.ask("echo hello"), "hello");
    clinging.send("cling");
    process.kill(cluster.pid, "SIGKILL");
    assert.equal(await idle.line(), null);
    await gone(pids);
  });

  it(
    "leaves no process behind that has not yet come to serve when the supervisor is killed",
    guard,
    async (t) => {
      const stuck = join(temporaryFolder(t), "stuck");
      const cluster = await TestCluster.start(t, { stuck });
      const old = await cluster.pids();
      writeFileSync(stuck, "");
      cluster.signal("SIGHUP");
      const young = () => descendants(cluster.pid).filter((pid) => !old.includes(pid));
      await eventually(() => young().length === 1, "a new process is started");
      const pids = young();
      process.kill(cluster.pid, "SIGKILL");
      // They have noticed, and so has the one that waits.
      await gone(old);
      rmSync(stuck);
      await gone(pids);
    },
  );

  it("leaves no process behind that hangs when the supervisor is killed", guard, async (t) => {
    const cluster = await TestCluster.start(t, { graceMs: 300, hangMs: 5000 });
    const pids = await cluster.pids();
    const client = await cluster.connect();
    assert.equal(await client.ask("echo hello"), "hello");
    client.send("hang");
    process.kill(cluster.pid, "SIGKILL");
    assert.equal(await client.line(), null);
    await gone(pids);
  });

  it("is one in a program, on a port that is free", guard, async (t) => {
    const cluster = await TestCluster.start(t);
    const other = new Program(
      [process.execPath, cluster.file, JSON.stringify({ port: cluster.port })],
      process.env,
    );
    assert.match((await other.end()).stderr, /EADDRINUSE/);
    const program = clusterProgram(`
const first = await serve(function* () {}, options);
await serve(function* () {}, options).then(null, ({ code }) => console.log(code));
await first.stop();
`);
    assert.deepEqual(await runProgram(program), {
      code: 0,
      signal: null,
      stderr: "",
      lines: ["ERR_INVALID_STATE"],
    });
  });
});

describe("a cluster on the signal model", () => {
  it("has no shared socket, for one process alone would hear of it", guard, async () => {
    await assert.rejects(
      async () => await serve(function* () {}, { model: "signal", listeners: "shared", processes: 2 }),
      {
        code: "ERR_INVALID_ARG_VALUE",
        message: /signal model/,
      },
    );
  });
});

describe("the end of a cluster", () => {
  it("comes also before it has begun, and leaves no listening socket", guard, async (t) => {
    const program = clusterProgram(`
const port = await run(function* () {
  const cluster = yield* serve(function* () {}, options);
  yield* cluster.stop();
  return cluster.port;
});
net.connect(port, options.host).on("error", ({ code }) => console.log(code));
`);
    const end = await runProgram(program, { env: { XDG_RUNTIME_DIR: temporaryFolder(t) } });
    assert.deepEqual(end, { code: 0, signal: null, stderr: "", lines: ["ECONNREFUSED"] });
  });

  it("lets a request finish, half-closes what is idle, and refuses new connections", guard, async (t) => {
    const cluster = await TestCluster.start(t);
    const pids = await cluster.pids();
    const [busy, idle] = [await cluster.connect(), await cluster.connect()];
    assert.equal(await idle.ask("echo hello"), "hello");
    busy.send("wait done");
    busy.send("echo more");
    await cluster.until(
      ({ processes }) => processes.reduce((sum, { open }) => sum + open, 0) === 2,
      "both are open",
    );
    cluster.signal("SIGTERM");
    assert.equal(await busy.line(), "done");
    assert.equal(await busy.line(), "more");
    assert.equal(await busy.line(), null);
    assert.equal(await idle.line(), null);
    const { code, signal, stderr } = await cluster.program.end();
    assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
    await gone(pids);
    await assert.rejects(cluster.connect(), { code: "ECONNREFUSED" });
  });

  it("cancels what does not end in time", guard, async (t) => {
    const cluster = await TestCluster.start(t, { graceMs: 300 });
    const client = await cluster.connect();
    client.send("stay");
    await cluster.until(({ processes }) => processes.some(({ open }) => open === 1), "it is open");
    cluster.signal("SIGINT");
    assert.equal(await client.line(), null);
    const { code, lines } = await cluster.program.end();
    assert.deepEqual({ code, lines }, { code: 0, lines: ["cancelled"] });
  });

  it("comes at once when it is asked for twice", guard, async (t) => {
    const cluster = await TestCluster.start(t);
    const pids = await cluster.pids();
    const client = await cluster.connect();
    client.send("wait stopping");
    client.send("stay");
    await cluster.until(({ processes }) => processes.some(({ open }) => open === 1), "it is open");
    cluster.signal("SIGTERM");
    // The first signal was heeded when a process knows of it.
    assert.equal(await client.line(), "stopping");
    cluster.signal("SIGTERM");
    assert.equal((await cluster.program.end()).code, 0);
    await gone(pids);
  });
});
