import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { models } from "../../src/drivers/index.ts";
import { isolated, missing, programResult } from "../support/programs.ts";

const guard = { timeout: 180_000 };
const { errno } = constants;

const routes = `
ip link set lo up
ip route add unreachable 10.9.9.1
ip route add prohibit 10.9.9.2
ip route add blackhole 10.9.9.3
`;

/** Ports below 1024 are for the privileged there, and nobody is. */
const powerless = [...isolated("ip link set lo up"), "setpriv", "--bounding-set=-all", "--inh-caps=-all"];

/** Tries operations in turn and tells what each fails with, or "success". */
function attempts(operations: string[]): string {
  return `
import { connect, listen, run } from "$src/index.js";
const told = ({ message, code, errno, syscall, address, port, path, errors }) =>
  ({ message, code, errno, syscall, address, port, path, errors: errors?.map(told) });
const outcomes = [];
for (const operation of [${operations.map((operation) => `() => ${operation}`)}]) {
  await run(function* () {
    const handle = yield* operation();
    yield* handle.close();
  }).then(() => outcomes.push("success"), (error) => outcomes.push(told(error)));
}
console.log(JSON.stringify(outcomes));
`;
}

type Failure = NodeJS.ErrnoException & { address?: string; port?: number };
type Outcome = Failure & { errors?: Failure[] };

describe("what the system forbids or cannot reach", () => {
  for (const model of models) {
    const env = { PENTIO_MODEL: model };

    it(`tells why an address cannot be reached, on ${model}`, {
      ...guard,
      skip: missing(...isolated(routes), "true"),
    }, async () => {
      const expected = {
        "240.0.0.1": "ENETUNREACH",
        "10.9.9.1": "EHOSTUNREACH",
        "10.9.9.2": "EACCES",
        "10.9.9.3": "EINVAL",
        "2001:db8::1": "ENETUNREACH",
      };
      const operations = Object.keys(expected).map((host) => `connect({ host: "${host}", port: 80 })`);
      const outcomes = await programResult<Outcome[]>(attempts(operations), {
        wrapper: isolated(routes),
        env,
      });
      for (const [i, [address, code]] of Object.entries(expected).entries()) {
        const { message, ...facts } = outcomes[i]!;
        assert.deepEqual(facts, {
          code,
          errno: -errno[code as keyof typeof errno],
          syscall: "connect",
          address,
          port: 80,
        });
        assert.ok(message.startsWith(`connect ${code}`) && message.endsWith(` ${address}:80`), message);
      }
    });

    it(`tells that names cannot be looked up without a network, on ${model}`, {
      ...guard,
      skip: missing(...isolated(""), "true"),
    }, async () => {
      const options = { wrapper: isolated(""), env };
      const [outcome] = await programResult<Outcome[]>(
        attempts([`connect({ host: "example.invalid", port: 80 })`]),
        options,
      );
      assert.equal(outcome!.code, "EAI_AGAIN");
      assert.equal(outcome!.syscall, "getaddrinfo");
    });

    it(`tells that a port is for the privileged, on ${model}`, {
      ...guard,
      skip: missing(...powerless, "true"),
    }, async () => {
      const outcomes = await programResult<Outcome[]>(
        attempts([
          `listen({ host: "127.0.0.1", port: 80 })`,
          `listen({ port: 443 })`,
          `listen({ port: 1024 })`,
        ]),
        { wrapper: powerless, env },
      );
      const facts = { code: "EACCES", errno: -errno.EACCES, syscall: "listen" };
      assert.deepEqual(outcomes, [
        {
          message: "listen EACCES: permission denied 127.0.0.1:80",
          ...facts,
          address: "127.0.0.1",
          port: 80,
        },
        { message: "listen EACCES: permission denied :::443", ...facts, address: "::", port: 443 },
        "success",
      ]);
    });

    it(`tells that a directory forbids a Unix socket, on ${model}`, {
      ...guard,
      skip: missing(...powerless, "true"),
    }, async (t) => {
      const directory = mkdtempSync(join(tmpdir(), "pentio-"));
      t.after(() => rmSync(directory, { recursive: true }));
      chmodSync(directory, 0o500);
      const path = join(directory, "socket");
      const outcomes = await programResult<Outcome[]>(attempts([`listen({ path: "${path}" })`]), {
        wrapper: powerless,
        env,
      });
      const facts = { code: "EACCES", errno: -errno.EACCES, syscall: "listen", address: path, path };
      assert.deepEqual(outcomes, [{ message: `listen EACCES: permission denied ${path}`, ...facts }]);
    });

    it(`tries every address of a name, and tells of all when none works, on ${model}`, {
      ...guard,
      skip: missing(...isolated("ip link set lo up"), "true"),
    }, async (t) => {
      const directory = mkdtempSync(join(tmpdir(), "pentio-"));
      t.after(() => rmSync(directory, { recursive: true }));
      const hosts = join(directory, "hosts");
      writeFileSync(hosts, "::1 both.test\n127.0.0.1 both.test\n");
      const program = `
import { createServer } from "node:net";
const server = createServer().listen(8080, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
server.unref();
${attempts([`connect({ host: "both.test", port: 8080 })`, `connect({ host: "both.test", port: 8081 })`])}
process.exit();
`;
      const wrapper = isolated(`ip link set lo up; mount --bind "${hosts}" /etc/hosts`);
      const [first, second] = await programResult<Outcome[]>(program, { wrapper, env });
      assert.equal(first, "success");
      assert.equal(second!.code, "ECONNREFUSED");
      assert.deepEqual(
        second!.errors!.map(({ code, syscall, address, port }) => ({ code, syscall, address, port })),
        ["::1", "127.0.0.1"].map((address) => ({
          code: "ECONNREFUSED",
          syscall: "connect",
          address,
          port: 8081,
        })),
      );
    });
  }
});
