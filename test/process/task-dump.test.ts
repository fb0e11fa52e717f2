import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ProgramOptions, runProgram, startProgram } from "../support/programs.ts";

/** A server whose task waits for a connection. It says when it does, and when a signal has been told of. */
function server(settings = ""): string {
  return `
    import { configureTaskDump, listen, run, spawn } from "$src/index.js";
    ${settings}
    const server = await listen({ host: "127.0.0.1" });
    run(function* serve() {
      yield* spawn(function* accepting() {
        setImmediate(() => console.log("waits"));
        yield* server.accept();
      });
    });
    // After the listener that prints.
    for (const signal of process.argv.slice(1)) process.on(signal, () => console.log("told"));
    process.stdin.on("end", () => process.exit(0)).resume();
  `;
}

async function stderrAfter(
  signal: NodeJS.Signals,
  source: string,
  options?: ProgramOptions,
): Promise<string> {
  const program = startProgram(source.replace("process.argv.slice(1)", `["${signal}"]`), options);
  assert.equal(await program.line(), "waits");
  program.child.kill(signal);
  assert.equal(await program.line(), "told");
  return (await program.end()).stderr;
}

const DUMP =
  /^Tasks of process \d+:\nserve, .*, ending, at .*\n└─ accepting, .*, waits for accept, at .*:\d+:\d+\n$/;

describe("the dump of tasks", () => {
  it("is printed on SIGUSR2, and the program goes on", async () => {
    assert.match(await stderrAfter("SIGUSR2", server()), DUMP);
  });

  it("is printed on another signal if the program or its environment says so, and then not on SIGUSR2", async () => {
    const settings = 'configureTaskDump({ signal: "SIGWINCH" });';
    assert.match(await stderrAfter("SIGWINCH", server(settings)), DUMP);
    assert.equal(await stderrAfter("SIGUSR2", server(settings)), "");
    assert.match(await stderrAfter("SIGWINCH", server(), { env: { PENTIO_DUMP_SIGNAL: "SIGWINCH" } }), DUMP);
  });

  it("can be switched off, so that SIGUSR2 is what it is without", async () => {
    for (const [source, env] of [
      [server("configureTaskDump({ signal: null });"), {}],
      [server(), { PENTIO_DUMP_SIGNAL: "off" }],
    ] as const) {
      const program = startProgram(source.replace("process.argv.slice(1)", "[]"), { env });
      assert.equal(await program.line(), "waits");
      program.child.kill("SIGUSR2");
      assert.equal((await program.end()).signal, "SIGUSR2");
    }
  });

  it("refuses signals that there are not", async () => {
    const { lines, stderr } = await runProgram(
      `
      import { configureTaskDump } from "$src/index.js";
      try { configureTaskDump({ signal: "SIGFOO" }); } catch ({ code }) { console.log(code); }
    `,
      { env: { PENTIO_DUMP_SIGNAL: "SIGBAR" } },
    );
    assert.deepEqual(lines, ["ERR_UNKNOWN_SIGNAL"]);
    assert.match(stderr, /PENTIO_INVALID_ENVIRONMENT.*SIGBAR/);
  });

  it("is in a warning when all tasks wait and nothing can wake them", async () => {
    const { code, stderr } = await runProgram(`
      import { Channel, run, spawn } from "$src/index.js";
      await run(function* main() {
        const [there, back] = [new Channel(), new Channel()];
        yield* spawn(function* left() { yield* there.receive(); yield* back.send(1); });
        yield* spawn(function* right() { yield* back.receive(); yield* there.send(1); });
      });
    `);
    assert.equal(code, 13, "Node's own status for a top-level await that never ends");
    assert.match(stderr, /\[PENTIO_DEADLOCK\]/);
    assert.match(stderr, /\nmain, .*\n├─ left, .*receive.*\n└─ right, .*receive/);
    assert.equal(stderr.match(/PENTIO_DEADLOCK/g)!.length, 1);
  });

  it("is in a warning though connections are open, from which nobody reads", async () => {
    const { code, stderr } = await runProgram(`
      import { Channel, connect, listen, run, spawn } from "$src/index.js";
      await run(function* main() {
        const server = yield* listen({ host: "127.0.0.1" });
        const client = yield* connect({ host: "127.0.0.1", port: server.port });
        const socket = yield* server.accept();
        yield* client.write("x");
        yield* socket.read();
        const [there, back] = [new Channel(), new Channel()];
        yield* spawn(function* left() { yield* there.receive(); yield* back.send(1); });
        yield* spawn(function* right() { yield* back.receive(); yield* there.send(1); });
      });
    `);
    assert.equal(code, 13);
    assert.match(stderr, /PENTIO_DEADLOCK[\s\S]*left, .*receive[\s\S]*right, .*receive/);
  });

  it("tells of no deadlock where there is none", async () => {
    const ends = [
      "await run(function* () { yield* sleep(1); });",
      // Programs may end while these wait: they say so by unref().
      "const server = await listen({ host: '127.0.0.1' }); server.unref(); run(function* () { yield* server.accept(); });",
      "const loop = new EventLoop(); loop.unref(); loop.run();",
      "const loop = new EventLoop(); loop.unref(); loop.run(); run(function* () { yield* new Channel().receive(); });",
      // Switched off.
      "configureTaskDump({ deadlocks: false }); run(function* () { yield* until(new Promise(() => {})); });",
    ];
    for (const end of ends) {
      const names = "Channel, configureTaskDump, EventLoop, listen, run, sleep, until";
      const { code, stderr } = await runProgram(`import { ${names} } from "$src/index.js"; ${end}`);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, end);
    }
  });

  it("tells of a deadlock in a Worker", async () => {
    const { stderr } = await runProgram(`
      import { Worker } from "node:worker_threads";
      new Worker(new URL("data:text/javascript," + encodeURIComponent(\`
        import { run, until } from "$src/index.js";
        run(function* stuck() { yield* until(new Promise(() => {})); });
      \`)));
    `);
    assert.match(stderr, /PENTIO_DEADLOCK[\s\S]*stuck, .*waits for a promise/);
  });
});
