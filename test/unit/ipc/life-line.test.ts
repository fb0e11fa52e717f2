import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { followLifeLine, holds, openLifeLine } from "../../../src/ipc/life-line.ts";
import { syscalls } from "../../../src/sys/index.ts";

const F_DUPFD = 0;

describe("a life line", () => {
  it("is told from another that has its number by now", () => {
    const line = openLifeLine();
    const other = openLifeLine();
    assert.ok(holds(line));
    syscalls.close(line.fd);
    assert.equal(holds(line), false);
    assert.equal(syscalls.fcntl(other.fd, F_DUPFD, line.fd), line.fd);
    assert.equal(holds(line), false);
    const never = () => assert.fail("nobody is followed");
    assert.equal(followLifeLine(line, never), false);
    syscalls.close(line.fd);
    assert.equal(followLifeLine(line, never), false);
    assert.ok(holds(other));
  });
});
