import assert from "node:assert/strict";
import { constants } from "node:os";
import { describe, it } from "node:test";
import { probeModels } from "../../src/drivers/index.ts";
import { isolated, missing, programResult } from "../support/programs.ts";

const guard = { timeout: 180_000 };
const { ETIMEDOUT } = constants.errno;

/** The kernel gives up after seconds there, where it would take minutes by default. */
const wrapper = isolated(`
ip link set lo up
cd /proc/sys/net/ipv4
echo 1 > tcp_syn_retries
echo 0 > tcp_syn_linear_timeouts || true
echo 1 > tcp_retries2
`);

/** The queue of the listener is full, and the kernel drops what would be a third connection. */
const connecting = `
import { connect, listen, run } from "$src/index.js";
await run(function* () {
  const { port } = yield* listen({ host: "127.0.0.1", backlog: 1 });
  for (let i = 0; i < 2; i++) yield* connect({ host: "127.0.0.1", port });
  try {
    yield* connect({ host: "127.0.0.1", port });
  } catch ({ code, errno, syscall, address, port: thatPort }) {
    console.log(JSON.stringify({ code, errno, syscall, address, isThatPort: thatPort === port }));
  }
});
process.exit();
`;

/** The network goes away under a connection. */
const reading = `
import { execSync } from "node:child_process";
import { connect, listen, run } from "$src/index.js";
await run(function* () {
  const server = yield* listen({ host: "127.0.0.1" });
  const client = yield* connect({ host: "127.0.0.1", port: server.port });
  yield* server.accept();
  execSync("ip link set lo down");
  yield* client.write("lost");
  try {
    yield* client.read();
  } catch ({ code, errno, syscall }) {
    console.log(JSON.stringify({ code, errno, syscall, closed: client.closed }));
  }
});
process.exit();
`;

// Programs that wait for the kernel can do so side by side.
describe("a peer that does not answer", { skip: missing(...wrapper, "true"), concurrency: 4 }, () => {
  for (const { model, works, reason } of probeModels()) {
    const options = { wrapper, env: { PENTIO_MODEL: model } };
    const how = { ...guard, skip: !works && reason };

    it(`lets connect time out, on ${model}`, how, async () => {
      assert.deepEqual(await programResult(connecting, options), {
        code: "ETIMEDOUT",
        errno: -ETIMEDOUT,
        syscall: "connect",
        address: "127.0.0.1",
        isThatPort: true,
      });
    });

    it(`lets a connection time out, which its reader is told of, on ${model}`, how, async () => {
      assert.deepEqual(await programResult(reading, options), {
        code: "ETIMEDOUT",
        errno: -ETIMEDOUT,
        syscall: "read",
        closed: true,
      });
    });
  }
});
