import assert from "node:assert/strict";
import { constants } from "node:os";
import { describe, it } from "node:test";
import { missing, programResult, runProgram } from "../support/programs.ts";

const guard = { timeout: 30_000 };
const { EPERM, ENOSYS } = constants.errno;

/** Starts a command under a seccomp filter that answers io_uring's three system calls with an errno. */
const filter = `
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
LOAD, JUMP_GE, JUMP_GT, RETURN = 0x20, 0x35, 0x25, 0x06
SECCOMP_RET_ERRNO, SECCOMP_RET_ALLOW = 0x00050000, 0x7FFF0000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
program = b"".join(struct.pack("HBBI", *instruction) for instruction in [
    (LOAD, 0, 0, 0),         # the system call's number
    (JUMP_GE, 0, 2, 425),    # io_uring_setup, _enter and _register are 425 to 427
    (JUMP_GT, 1, 0, 427),
    (RETURN, 0, 0, SECCOMP_RET_ERRNO | int(sys.argv[1])),
    (RETURN, 0, 0, SECCOMP_RET_ALLOW),
])
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]
for arguments in [
    (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
    (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Program(len(program) // 8, program)), 0, 0),
]:
    if libc.prctl(*arguments) != 0:
        sys.exit("prctl: " + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[2], sys.argv[2:])
`;

function filtered(errno: number): string[] {
  return ["python3", "-c", filter, String(errno)];
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
