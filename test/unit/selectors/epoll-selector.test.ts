import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DefaultSelector, EpollSelector, EVENT_READ, EVENT_WRITE } from "../../../src/selectors/public.ts";
import { F_DUPFD_CLOEXEC, syscalls } from "../../../src/sys/index.ts";
import { moveDescriptor, SocketEnd, socketEnds, socketPairAt } from "../../support/socket-ends.ts";

describe("an EpollSelector", () => {
  it("is the default, for it is the best there is on Linux", () => {
    assert.equal(DefaultSelector, EpollSelector);
  });

  it("has a descriptor, until it is closed", () => {
    const selector = new EpollSelector();
    assert.equal(selector.fileno(), selector.fd);
    assert.ok(selector.fd > 2);
    selector.close();
    assert.equal(selector.fd, -1);
    assert.throws(() => selector.fileno(), { code: "ERR_SELECTOR_CLOSED" });
  });

  it("refuses a closed descriptor, and does not register it", (t) => {
    using selector = new EpollSelector();
    const [end] = socketEnds(t);
    const { fd } = end;
    end.close();
    assert.throws(() => selector.register(fd, EVENT_READ), { code: "EBADF", syscall: "epoll_ctl" });
    assert.equal(selector.getMap()!.size, 0);
  });

  it("unregisters what it cannot modify: closed, or closed and reused", (t) => {
    using selector = new EpollSelector();
    const [end] = socketEnds(t);
    const { fd } = end;
    selector.register(end, EVENT_READ);
    end.close();
    assert.throws(() => selector.modify(fd, EVENT_WRITE), { code: "EBADF" });
    assert.ok(!selector.getMap()!.has(fd));

    const [reused, peer] = socketPairAt(fd).map((number) => new SocketEnd(number)) as [SocketEnd, SocketEnd];
    selector.register(reused, EVENT_READ);
    reused.close();
    peer.close();
    for (const again of socketPairAt(fd)) t.after(() => new SocketEnd(again).close());
    assert.throws(() => selector.modify(fd, EVENT_WRITE), { code: "ENOENT", message: /register/ });
    assert.ok(!selector.getMap()!.has(fd));
    assert.equal(selector.register(fd, EVENT_WRITE).fd, fd);
  });

  it("registers anew what the kernel has kept for a duplicate", (t) => {
    using selector = new EpollSelector();
    const [end, peer] = socketEnds(t);
    const { fd } = end;
    selector.register(end, EVENT_WRITE);
    const duplicate = syscalls.fcntl(fd, F_DUPFD_CLOEXEC, 0);
    end.close();
    selector.unregister(end);
    peer.send("x");
    end.fd = moveDescriptor(duplicate, fd);
    assert.equal(end.fd, fd);
    selector.register(end, EVENT_READ, "again");
    assert.deepEqual(
      selector.select(0).map(([key]) => key.data),
      ["again"],
    );
  });

  it("cannot watch itself", () => {
    using selector = new EpollSelector();
    assert.throws(() => selector.register(selector, EVENT_READ), { code: "EINVAL" });
  });
});
