import assert from "node:assert/strict";
import { constants } from "node:os";
import { describe, it } from "node:test";
import { missing, programResult, runProgram } from "../support/programs.ts";
import { IO_URING_CALLS, underFilter } from "../support/seccomp.ts";

const guard = { timeout: 180_000 };
const { EPERM, ENOSYS } = constants.errno;

function filtered(errno: number): string[] {
  return underFilter(IO_URING_CALLS, errno);
}

const echo = `
import { connect } from "node:net";
import { listen, run } from "$src/index.js";
import { loopFor } from "$src/loop/index.js";
const result = await run(function* () {
  const server = yield* listen({ host: "127.0.0.1" });
  const peer = connect(server.port, "127.0.0.1");
  peer.write("hello");
  const socket = yield* server.accept();
  const chunk = yield* socket.read();
  yield* socket.close();
  yield* server.close();
  peer.destroy();
  return String(chunk);
});
console.log(JSON.stringify({ result, model: loopFor().model, reason: loopFor().reason }));
`;

const byName = `
import { run } from "$src/index.js";
try {
  run(function* () {}, { model: "io_uring" });
} catch ({ code, errno, syscall, message }) {
  console.log(JSON.stringify({ code, errno, syscall, message }));
}
`;

const refusals = [
  { name: "EPERM, as container engines do", errno: EPERM, code: "EPERM", why: /seccomp.*io_uring_disabled/ },
  { name: "ENOSYS, as an old kernel does", errno: ENOSYS, code: "ENOSYS", why: /kernel.*5\.19/ },
];

const cannot = missing(...filtered(EPERM), "true");

describe("where io_uring is forbidden", { skip: cannot }, () => {
  for (const { name, errno, code, why } of refusals) {
    describe(`with ${name}`, () => {
      it("`auto` takes epoll without a word, and works", guard, async () => {
        const end = await runProgram(echo, { wrapper: filtered(errno) });
        assert.equal(end.stderr, "");
        assert.equal(end.code, 0);
        assert.equal(end.lines.length, 1);
        const { result, model, reason } = JSON.parse(end.lines[0]!);
        assert.equal(result, "hello");
        assert.equal(model, "epoll");
        assert.match(reason, why);
      });

      it("io_uring by name fails, and says why and what to do", guard, async () => {
        const error = await programResult<NodeJS.ErrnoException>(byName, { wrapper: filtered(errno) });
        assert.equal(error.code, code);
        assert.equal(error.errno, -errno);
        assert.equal(error.syscall, "io_uring_setup");
        assert.match(error.message, why);
        assert.match(error.message, /choose "auto" or "epoll"/);
      });

      it("io_uring by PENTIO_MODEL fails in the same way, and the process with it", guard, async () => {
        const options = { wrapper: filtered(errno), env: { PENTIO_MODEL: "io_uring" } };
        const { code: exit, stderr } = await runProgram(echo, options);
        assert.equal(exit, 1);
        assert.match(stderr, why);
        assert.match(stderr, /choose "auto" or "epoll"/);
      });

      it("epoll by name works", guard, async () => {
        const options = { wrapper: filtered(errno), env: { PENTIO_MODEL: "epoll" } };
        const { result } = await programResult<{ result: string }>(echo, options);
        assert.equal(result, "hello");
      });
    });
  }
});

/** Without privileges, and with a limit on locked memory that no ring of any use fits in. */
const lockless = ["prlimit", "--memlock=0:0", "setpriv", "--bounding-set=-all", "--inh-caps=-all"];

describe("where no memory may be locked", { skip: missing(...lockless, "true") }, () => {
  it("`auto` works, without a word", guard, async () => {
    const end = await runProgram(echo, { wrapper: lockless });
    assert.equal(end.stderr, "");
    const { result, model, reason } = JSON.parse(end.lines[0]!);
    assert.equal(result, "hello");
    // Whether rings count depends on the version of Linux.
    if (model === "epoll") assert.match(reason, /ENOMEM.*(ulimit -l|RLIMIT_MEMLOCK)/, "it says what to do");
  });
});
