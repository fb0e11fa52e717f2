/** A Worker that watches an eventfd, whose number it posts, and reads it whenever it can. */
import { parentPort } from "node:worker_threads";
import {
  addressOf,
  closeWithEnvironment,
  EFD_CLOEXEC,
  EFD_NONBLOCK,
  NodeWatcher,
  syscalls,
} from "../../src/sys/index.ts";

const fd = syscalls.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
closeWithEnvironment(fd);
const value = addressOf(Buffer.allocUnsafeSlow(8));
const watcher = new NodeWatcher(fd, false, () => syscalls.eventfdRead(fd, value));
watcher.enable(true);
watcher.ref();
parentPort!.postMessage(fd);
