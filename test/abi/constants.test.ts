import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import * as sysConstants from "../../src/sys/constants.ts";
import * as errnoConstants from "../../src/sys/errno.ts";
import * as fileConstants from "../../src/sys/file-constants.ts";
import * as uringConstants from "../../src/uring/constants.ts";
import { compilerRefusal, valuesInC } from "./c-program.ts";

const SYSTEM_HEADERS = [
  "errno.h",
  "fcntl.h",
  "linux/futex.h",
  "linux/sockios.h",
  "netinet/in.h",
  "netinet/tcp.h",
  "poll.h",
  "sched.h",
  "signal.h",
  "sys/epoll.h",
  "sys/eventfd.h",
  "sys/ioctl.h",
  "sys/mman.h",
  "sys/prctl.h",
  "sys/resource.h",
  "sys/select.h",
  "sys/signalfd.h",
  "sys/socket.h",
  "sys/syscall.h",
  "sys/un.h",
  "time.h",
  "unistd.h",
];

const FILE_HEADERS = [
  "fcntl.h",
  "linux/falloc.h",
  "linux/fs.h",
  "sys/stat.h",
  "sys/syscall.h",
  "sys/xattr.h",
];

/** Constants of ours that C has no name for, in C. */
const OUR_OWN: Readonly<Record<string, string>> = {
  EPOLL_EVENT_WORDS: "sizeof(struct epoll_event) / 4",
  FLOCK_BYTES: "sizeof(struct flock)",
  POLLFD_BYTES: "sizeof(struct pollfd)",
  STATX_BYTES: "sizeof(struct statx)",
  SIGNALFD_SIGINFO_BYTES: "sizeof(struct signalfd_siginfo)",
  EPOLL_DATA_WORD: "offsetof(struct epoll_event, data) / 4",
};

function numbersOf(module: object): [string, number][] {
  return Object.entries(module).filter((entry): entry is [string, number] => typeof entry[1] === "number");
}

/**
 * Compares each number with the header's.
 *
 * @param isNewer whether headers of this machine may lack the name, being older than the kernel's interface
 */
async function compare(
  t: TestContext,
  headers: readonly string[],
  constants: readonly [string, number][],
  isNewer: (name: string) => boolean,
): Promise<void> {
  const expressions = constants.map(([name]) => OUR_OWN[name] ?? name);
  const values = valuesInC(headers, expressions);
  let compared = 0;
  for (const [i, [name, ours]] of constants.entries()) {
    const value = values.get(expressions[i]!);
    if (value !== undefined) {
      assert.equal(ours, value, name);
      compared++;
    } else {
      assert.ok(isNewer(name), `no header of this machine knows ${name}`);
      await t.test(name, { skip: "the headers of this machine are older than this constant" }, () => {});
    }
  }
  t.diagnostic(`${compared} of ${constants.length} constants compared`);
  assert.ok(compared > constants.length / 2, "most could be compared");
}

describe("our constants", { skip: compilerRefusal }, () => {
  it("of the system equal those of the machine's headers", async (t) => {
    await compare(t, SYSTEM_HEADERS, numbersOf(sysConstants), () => false);
  });

  it("of files equal those of the machine's headers", async (t) => {
    await compare(t, FILE_HEADERS, numbersOf(fileConstants), () => false);
  });

  it("for errors equal those of the machine's headers", async (t) => {
    await compare(t, SYSTEM_HEADERS, numbersOf(errnoConstants), () => false);
  });

  it("of io_uring equal those of the machine's headers", async (t) => {
    const isNewer = (name: string) => /^(IORING|IOU|IOSQE|IO_URING)_/.test(name);
    await compare(t, ["linux/io_uring.h"], numbersOf(uringConstants), isNewer);
  });
});
