/** The mode of the bench's load generator that holds many connections: what it counts, and that its checks can fail. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { compilerRefusal } from "../abi/c-program.ts";

const sources = fileURLToPath(new URL("../../../bench/peers/load/", import.meta.url));

interface Held {
  readonly status: number | null;
  readonly connections: number;
  readonly heldAtOnce: number;
  readonly answered: number;
  readonly mismatches: number;
  readonly errors: number;
}

describe("the load generator, holding connections", { skip: compilerRefusal }, () => {
  const folder = mkdtempSync(join(tmpdir(), "pentio-load-"));
  const program = join(folder, "load");

  before(() => {
    const files = readdirSync(sources).filter((name) => name.endsWith(".c"));
    const { status, stderr } = spawnSync("cc", ["-O2", "-o", program, ...files], {
      cwd: sources,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Holds 50 connections to a server made of a handler for connections; `look` is called while they are held. */
  async function hold(t: TestContext, serve: (socket: Socket) => void, look = () => {}): Promise<Held> {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      socket.on("end", () => socket.end()).on("error", () => {});
      serve(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const args = [
      "--held",
      "--port",
      String(port),
      "--connections",
      "50",
      "--window",
      "50",
      "--patience",
      "10",
    ];
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    t.after(() => {
      child.kill("SIGKILL");
      server.close();
    });
    const ended = once(child, "exit");
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value: held } = await lines.next();
    look();
    child.stdin.write("\n");
    const { value: report } = await lines.next();
    const [status] = (await ended) as [number | null];
    const result = { ...(JSON.parse(report!) as Held), status };
    assert.equal(held, `held ${result.heldAtOnce}`);
    return result;
  }

  function echo(socket: Socket): void {
    socket.on("data", (data) => socket.write(data));
  }

  it("has all of them open at once, with two answers each", async (t) => {
    let open = 0;
    let openWhenHeld = 0;
    const lengths: number[] = [];
    const serve = (socket: Socket) => {
      open++;
      let length = 0;
      socket.on("data", (data) => {
        length += data.length;
      });
      socket.on("end", () => {
        open--;
        lengths.push(length);
      });
      echo(socket);
    };
    const { status, ...held } = await hold(t, serve, () => {
      openWhenHeld = open;
    });
    assert.equal(status, 0, JSON.stringify(held));
    assert.equal(openWhenHeld, 50);
    assert.deepEqual([held.heldAtOnce, held.answered], [50, 50]);
    assert.deepEqual(lengths, Array(50).fill(128));
  });

  it("goes on without those that are not served, and waits for them when it has closed the others", async (t) => {
    let free = 20;
    const waiting: Socket[] = [];
    const serve = (socket: Socket) => {
      if (free === 0) {
        waiting.push(socket.pause());
        return;
      }
      free--;
      echo(socket);
      socket.on("close", () => {
        free++;
        const next = waiting.shift();
        if (next) serve(next.resume());
      });
    };
    const { status, heldAtOnce, answered } = await hold(t, serve);
    assert.deepEqual({ status, heldAtOnce, answered }, { status: 0, heldAtOnce: 20, answered: 50 });
  });

  it("counts answers that are wrong, bytes that nobody asked for, and connections that end too early", async (t) => {
    let answers = 0;
    const altered = await hold(t, (socket) =>
      socket.on("data", (data) => {
        if (++answers === 30) data[10]! ^= 1;
        socket.write(data);
      }),
    );
    assert.deepEqual([altered.status, altered.mismatches, altered.errors], [1, 1, 0]);

    const sockets: Socket[] = [];
    const unasked = await hold(
      t,
      (socket) => {
        sockets.push(socket);
        echo(socket);
      },
      () => sockets[7]!.write("abc"),
    );
    assert.equal(unasked.status, 1);
    assert.ok(unasked.mismatches > 0, JSON.stringify(unasked));

    let opened = 0;
    const early = await hold(t, (socket) => {
      if (++opened === 25) socket.destroy();
      else echo(socket);
    });
    assert.deepEqual([early.status, early.heldAtOnce, early.answered, early.errors], [1, 49, 49, 1]);
  });
});
