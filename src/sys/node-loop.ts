/**
 * A place in the event loop that Node runs on this thread: libuv's `uv_poll_t`, reached through Node-API and
 * libuv's exported functions (both stable ABIs).
 */

import { isMainThread } from "node:worker_threads";
import { EPOLL_CTL_MOD, EPOLL_DATA_WORD, EPOLL_EVENT_WORDS, EPOLLET, EPOLLIN } from "./constants.ts";
import { systemError } from "./errno.ts";
import {
  addressOf,
  addressOfSymbol,
  bind,
  bindNodeApi,
  callbackPointer,
  releaseCallback,
  viewOf,
} from "./ffi.ts";
import { epollCtl } from "./syscalls.ts";

const getEventLoop = bindNodeApi("napi_get_uv_event_loop", ["pointer"]);
const addCleanupHook = bindNodeApi("napi_add_env_cleanup_hook", ["pointer", "pointer"]);
const removeCleanupHook = bindNodeApi("napi_remove_env_cleanup_hook", ["pointer", "pointer"]);
const malloc = bind<(lengthBytes: number) => number>("malloc", "pointer", ["u64"]);
const handleSize = bind<(type: number) => number>("uv_handle_size", "u64", ["i32"]);
const pollInit = bind<(loop: number, handle: number, fd: number) => number>("uv_poll_init", "i32", [
  "pointer",
  "pointer",
  "i32",
]);
const pollStart = bind<(handle: number, events: number, callback: number) => number>("uv_poll_start", "i32", [
  "pointer",
  "i32",
  "pointer",
]);
const backendFd = bind<(loop: number) => number>("uv_backend_fd", "i32", ["pointer"]);
const uvRef = bind<(handle: number) => undefined>("uv_ref", "void", ["pointer"]);
const uvUnref = bind<(handle: number) => undefined>("uv_unref", "void", ["pointer"]);
const uvClose = bind<(handle: number, callback: number) => undefined>("uv_close", "void", [
  "pointer",
  "pointer",
]);

const UV_POLL = 8;
const UV_READABLE = 1;

/**
 * `flags` in `uv_handle_t` (the public UV_HANDLE_FIELDS of uv.h), and the flag with which libuv marks handles of
 * its own. Node aborts the process when a Worker ends while a handle is open; `terminate()` gives us no moment to
 * close it, but a handle so marked does not count.
 */
const UV_HANDLE_FLAGS_OFFSET = 88;
const UV_HANDLE_INTERNAL = 0x10;

/** A descriptor that Node's loop watches for us. It does not keep the process alive until {@link ref}. */
export class NodeWatcher {
  /** Whether an event is told once, without the descriptor having to be read in between. */
  isEdgeTriggered = false;
  private readonly handle: number;
  private readonly callback: number;
  private closed = false;

  /**
   * @param wantsEdges whether new edges are enough; see {@link isEdgeTriggered}, for it may not be granted
   * @param readable called from Node's poll phase whenever `fd` is readable
   */
  constructor(fd: number, wantsEdges: boolean, readable: () => void) {
    const loopPointer = Buffer.allocUnsafeSlow(8);
    getEventLoop(addressOf(loopPointer));
    const loop = Number(loopPointer.readBigUInt64LE());
    // Native memory that is never freed: after terminate() libuv still walks over the handle.
    this.handle = malloc(handleSize(UV_POLL));
    let asked = !wantsEdges;
    this.callback = callbackPointer(["pointer", "i32", "i32"], () => {
      if (!asked) {
        // Now, for libuv has told its epoll of the descriptor only when it first waited.
        asked = true;
        this.isEdgeTriggered = watchEdges(backendFd(loop), fd);
      }
      readable();
    });
    const result = pollInit(loop, this.handle, fd);
    if (result < 0) throw systemError(result, "uv_poll_init");
    pollStart(this.handle, UV_READABLE, this.callback);
    const flags = new Uint32Array(viewOf(this.handle + UV_HANDLE_FLAGS_OFFSET, 4));
    flags[0] = flags[0]! | UV_HANDLE_INTERNAL;
    uvUnref(this.handle);
  }

  /** Keeps the process alive. */
  ref(): void {
    uvRef(this.handle);
  }

  unref(): void {
    uvUnref(this.handle);
  }

  /** Stops watching. The descriptor stays open and is the caller's to close, afterwards. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    uvClose(this.handle, 0);
    releaseCallback(this.callback);
  }
}

/** Makes libuv's epoll report edges of a descriptor that it watches already. @returns whether that worked */
function watchEdges(epoll: number, fd: number): boolean {
  const event = new Uint32Array(Buffer.allocUnsafeSlow(EPOLL_EVENT_WORDS * 4).fill(0).buffer);
  event[0] = EPOLLIN | EPOLLET;
  event[EPOLL_DATA_WORD] = fd;
  return epollCtl(epoll, EPOLL_CTL_MOD, fd, addressOf(event)) >= 0;
}

const closePointer = addressOfSymbol("close");

/**
 * Closes a descriptor when this thread's Node environment ends, even by `worker.terminate()`, which runs no
 * JavaScript any more: libc's own `close` is the hook.
 */
export function closeWithEnvironment(fd: number): void {
  addCleanupHook(closePointer, fd);
}

/**
 * The same for a descriptor of the program's. On the main thread there is no need: there the process ends, and the
 * kernel closes them all.
 */
export function ownDescriptor(fd: number): void {
  if (!isMainThread) closeWithEnvironment(fd);
}

/** Takes {@link ownDescriptor} back, before the descriptor is closed by hand. */
export function disownDescriptor(fd: number): void {
  if (!isMainThread) keepAfterEnvironment(fd);
}

/** Takes {@link closeWithEnvironment} back, before the descriptor is closed by hand. */
export function keepAfterEnvironment(fd: number): void {
  removeCleanupHook(closePointer, fd);
}

/**
 * Runs what is in Node's nextTick and microtask queues. Node does so itself after each of its own callbacks, but not
 * (as of Node 26) after one that came through FFI.
 */
export function runMicrotasks(): void {
  tickCallback();
}

const { _tickCallback: tickCallback = () => setImmediate(() => {}) } = process as unknown as {
  _tickCallback?: () => void;
};
