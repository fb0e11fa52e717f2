/**
 * A place in the event loop that Node runs on this thread: libuv's `uv_poll_t`, reached through Node-API and
 * libuv's exported functions (both stable ABIs).
 */

import { isMainThread } from "node:worker_threads";
import { EPOLL_CTL_MOD, EPOLL_DATA_WORD, EPOLL_EVENT_WORDS, EPOLLET, EPOLLIN } from "./constants.ts";
import { duplicateBelow } from "./descriptor-limit.ts";
import { systemError } from "./errno.ts";
import { addressOf, addressOfSymbol, bindNodeApi, viewOf } from "./ffi.ts";
import * as uv from "./libuv.ts";
import { close, epollCtl } from "./syscalls.ts";

const getEventLoop = bindNodeApi("napi_get_uv_event_loop", ["pointer"]);
const addCleanupHook = bindNodeApi("napi_add_env_cleanup_hook", ["pointer", "pointer"]);
const removeCleanupHook = bindNodeApi("napi_remove_env_cleanup_hook", ["pointer", "pointer"]);

/**
 * `flags` in `uv_handle_t` (the public UV_HANDLE_FIELDS of uv.h), and the flag with which libuv marks handles of
 * its own. Node aborts the process when a Worker ends while a handle is open; `terminate()` gives us no moment to
 * close it, but a handle so marked does not count.
 */
const UV_HANDLE_FLAGS_OFFSET = 88;
const UV_HANDLE_INTERNAL = 0x10;

/** This thread's `uv_loop_t`. */
function currentUvLoop(): number {
  const pointer = Buffer.allocUnsafeSlow(8);
  getEventLoop(addressOf(pointer));
  return Number(pointer.readBigUInt64LE());
}

/** Native memory for a handle. It is never freed: after terminate() libuv still walks over the handle. */
function allocateHandle(type: number): number {
  return uv.malloc(uv.handleSize(type));
}

/** Makes a handle one that counts neither at the end of a Worker nor, until `uv_ref`, for keeping alive. */
function hideHandle(handle: number): void {
  const flags = new Uint32Array(viewOf(handle + UV_HANDLE_FLAGS_OFFSET, 4));
  flags[0] = flags[0]! | UV_HANDLE_INTERNAL;
  uv.unref(handle);
}

/** What has a loop of ours run inside Node's. It does not keep the process alive until {@link ref}. */
export interface NodeWaker {
  /** Whether an event is told once, without the descriptor having to be read in between. */
  readonly isEdgeTriggered: boolean;
  /** Keeps the process alive. */
  ref(): void;
  unref(): void;
  /** Says whether there is anything to wait for. */
  enable(enabled: boolean): void;
  close(): void;
}

/**
 * A descriptor that Node's loop watches for us: among Node's immediates, when Node has looked for its events, we are told.
 *
 * libuv's own callback is libc's `time`, which stores a number behind the pointer that it is given, the handle's first member,
 * which is the user's (`data` in UV_HANDLE_FIELDS of uv.h). A callback into JavaScript would crash the process: Node still runs
 * its loop while a Worker is ended by `terminate()`, when no JavaScript may be called any more.
 */
export class NodeWatcher implements NodeWaker {
  isEdgeTriggered = false;
  private readonly loop = currentUvLoop();
  private readonly handle = allocateHandle(uv.UV_POLL);
  /** Not 0: something happened on the descriptor. */
  private readonly news = new Uint32Array(viewOf(this.handle, 4));
  private readonly fd: number;
  private readonly ready: () => void;
  private wantsEdges: boolean;
  private immediate: NodeJS.Immediate | undefined;
  private enabled = false;
  private closed = false;

  /**
   * @param wantsEdges whether new edges are enough; see {@link isEdgeTriggered}, for it may not be granted
   * @param ready called after Node's poll phase whenever `fd` is readable, while enabled
   */
  constructor(fd: number, wantsEdges: boolean, ready: () => void) {
    this.fd = fd;
    this.wantsEdges = wantsEdges;
    this.ready = ready;
    const result = uv.pollInit(this.loop, this.handle, fd);
    if (result < 0) throw systemError(result, "uv_poll_init");
    this.news[0] = 0;
    this.watchRoom(false);
    hideHandle(this.handle);
  }

  ref(): void {
    uv.ref(this.handle);
  }

  unref(): void {
    uv.unref(this.handle);
  }

  enable(enabled: boolean): void {
    // A descriptor on which nothing happens costs nothing; an immediate costs every turn of Node's loop a little.
    this.enabled = enabled && !this.closed;
    if (this.enabled) this.arm();
  }

  /** Whether it is told, too, that the descriptor takes more. */
  watchRoom(wanted: boolean): void {
    uv.pollStart(this.handle, wanted ? uv.UV_READABLE | uv.UV_WRITABLE : uv.UV_READABLE, timePointer);
  }

  /** Stops watching. The descriptor stays open and is the caller's to close, afterwards. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.enabled = false;
    clearImmediate(this.immediate);
    uv.close(this.handle, 0);
  }

  private arm(): void {
    // Unreferenced: a referenced one would tell Node that there is no time to wait at all.
    this.immediate ??= setImmediate(this.look).unref();
  }

  private readonly look = (): void => {
    this.immediate = undefined;
    if (!this.enabled) return;
    this.arm();
    if (this.news[0] === 0) return;
    this.news[0] = 0;
    if (this.wantsEdges) {
      // Now, for libuv has told its epoll of the descriptor only when it first waited.
      this.wantsEdges = false;
      this.isEdgeTriggered = watchEdges(uv.backendFd(this.loop), this.fd);
    }
    this.ready();
  };
}

/**
 * Waiting in the place of Node's loop, for models that have no descriptor to watch: among Node's immediates, when Node has
 * looked for its events, our wait runs, for as long as Node itself would have waited, and with Node's own descriptor among
 * those that end it. Node itself then only looks and does not wait.
 *
 * An immediate, not a callback of libuv's: Node still runs its loop while a Worker ends, when no JavaScript may be called any more.
 */
export class NodeWaiter implements NodeWaker {
  readonly isEdgeTriggered = false;
  private readonly loop = currentUvLoop();
  /** Node's own descriptor, or another one of the same epoll instance. */
  private readonly backend: number;
  private readonly isDuplicate: boolean;
  /** While it is active, Node does not wait. */
  private readonly idle = allocateHandle(uv.UV_IDLE);
  /** Stands for our wait among what keeps Node's loop alive, and does nothing else. */
  private readonly anchor = allocateHandle(uv.UV_CHECK);
  private readonly wait: (also: number, timeoutMs: number) => void;
  private immediate: NodeJS.Immediate | undefined;
  private enabled = false;
  private closed = false;

  /**
   * @param wait called with Node's descriptor, and with the time that Node would wait: milliseconds, -1 without end
   * @param descriptorLimit what that descriptor has to be below. That of a Worker is as high as many files were open when
   *   the Worker started
   * @throws EMFILE if there is none
   */
  constructor(wait: (also: number, timeoutMs: number) => void, descriptorLimit: number) {
    this.wait = wait;
    const backend = uv.backendFd(this.loop);
    this.isDuplicate = backend >= descriptorLimit;
    this.backend = this.isDuplicate ? duplicateBelow(backend, descriptorLimit, "fcntl") : backend;
    if (this.isDuplicate) closeWithEnvironment(this.backend);
    uv.idleInit(this.loop, this.idle);
    uv.checkInit(this.loop, this.anchor);
    hideHandle(this.idle);
    hideHandle(this.anchor);
  }

  ref(): void {
    uv.ref(this.anchor);
  }

  unref(): void {
    uv.unref(this.anchor);
  }

  enable(enabled: boolean): void {
    if (enabled === this.enabled || this.closed) return;
    this.enabled = enabled;
    if (enabled) {
      uv.checkStart(this.anchor, uv.nothingPointer);
      uv.idleStart(this.idle, uv.nothingPointer);
      this.arm();
    } else {
      uv.idleStop(this.idle);
      uv.checkStop(this.anchor);
    }
  }

  close(): void {
    if (this.closed) return;
    this.enable(false);
    this.closed = true;
    clearImmediate(this.immediate);
    uv.close(this.idle, 0);
    uv.close(this.anchor, 0);
    if (!this.isDuplicate) return;
    keepAfterEnvironment(this.backend);
    close(this.backend);
  }

  private arm(): void {
    // Unreferenced: a referenced one would tell Node that there is no time to wait at all.
    this.immediate ??= setImmediate(this.run).unref();
  }

  private readonly run = (): void => {
    this.immediate = undefined;
    if (!this.enabled) return;
    uv.idleStop(this.idle);
    uv.updateTime(this.loop);
    const timeoutMs = uv.backendTimeout(this.loop);
    uv.idleStart(this.idle, uv.nothingPointer);
    this.wait(this.backend, timeoutMs);
    if (this.enabled) this.arm();
  };
}

/** Makes libuv's epoll report edges of a descriptor that it watches already. @returns whether that worked */
function watchEdges(epoll: number, fd: number): boolean {
  const event = new Uint32Array(Buffer.allocUnsafeSlow(EPOLL_EVENT_WORDS * 4).fill(0).buffer);
  event[0] = EPOLLIN | EPOLLET;
  event[EPOLL_DATA_WORD] = fd;
  return epollCtl(epoll, EPOLL_CTL_MOD, fd, addressOf(event)) >= 0;
}

const closePointer = addressOfSymbol("close");
const timePointer = addressOfSymbol("time");

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

/** Runs what is in Node's nextTick and microtask queues now. Node does so itself after each of its own callbacks. */
export function runMicrotasks(): void {
  tickCallback();
}

const { _tickCallback: tickCallback = () => setImmediate(() => {}) } = process as unknown as {
  _tickCallback?: () => void;
};
