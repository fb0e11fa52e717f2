import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explainRefusal } from "../../../src/drivers/asynchronous/index.ts";
import { chooseDriver, models } from "../../../src/drivers/index.ts";
import { waysOf } from "../../../src/lab/phases/ways.ts";
import { inChinese } from "../../../src/lab/words/chinese-reasons.ts";
import { EINVAL, ENOMEM, ENOSYS, EPERM, systemError } from "../../../src/sys/index.ts";

describe("reasons in Chinese", () => {
  it("are there for all that the lab and the choice of a model say by themselves", () => {
    const { driver, reason } = chooseDriver("auto");
    driver.close();
    const reasons = [
      reason,
      ...models.flatMap((model) => waysOf(model).flatMap(({ notMeasured }) => Object.values(notMeasured))),
      ...[EPERM, ENOSYS, ENOMEM, EINVAL].map((error) =>
        explainRefusal(systemError(-error, "io_uring_setup")),
      ),
      "perf is not installed; strace may not look at other processes here: attach: Operation not permitted",
      "the program on epoll: the program on epoll ended by SIGKILL",
      "one read: the program on aio ended with exit status 1, saying:\nout of memory",
      "delayMs has to be a whole number from 1 to 500, not -1",
      "stopped",
    ];
    for (const reason of reasons) assert.match(inChinese(reason), /[\u4e00-\u9fff]/, reason);
    assert.equal(inChinese("perf is not installed; strace is not installed"), "未安装 perf；未安装 strace");
    assert.equal(
      inChinese("one read: the program on aio ended with exit status 1, saying:\nout of memory"),
      "一次读操作：aio 的程序已退出，状态码 1，输出：\nout of memory",
    );
  });

  it("stay as they are where the system says them", () => {
    assert.equal(inChinese("ENOENT: no such file"), "ENOENT: no such file");
  });
});
