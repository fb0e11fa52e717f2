import { systemError } from "./errno.ts";
import { addressOf, bind } from "./ffi.ts";
import * as uv from "./libuv.ts";

type Call = (...args: number[]) => number;

const sigaction = bind<Call>("sigaction", "i32", ["i32", "pointer", "pointer"]);

/** sizeof(struct sigaction) is less; the handler comes first. */
const SIGACTION_BYTES = 256;

/** Keeps what {@link guard} has made. */
const guards: number[] = [];

/**
 * Sees to it that the signal is caught until the process ends, for libuv restores the default with its last handle, and
 * the default is to end the process: a signal can always still be on its way.
 */
function guard(signal: number): void {
  const present = Buffer.allocUnsafeSlow(SIGACTION_BYTES).fill(0);
  sigaction(signal, 0, addressOf(present));
  if (present.readBigUInt64LE() !== 0n) return;
  const [loop, handle] = watch(signal);
  guards.push(loop, handle);
}

/** Has libuv catch a signal in a loop of its own. @returns the addresses of loop and handle */
function watch(signal: number): [loop: number, handle: number] {
  const loop = uv.malloc(uv.loopSize());
  let result = uv.loopInit(loop);
  if (result < 0) {
    uv.free(loop);
    throw systemError(result, "uv_loop_init");
  }
  const handle = uv.malloc(uv.handleSize(uv.UV_SIGNAL));
  result = uv.signalInit(loop, handle);
  if (result >= 0) result = uv.signalStart(handle, uv.nothingPointer, signal);
  // Now libuv begins to watch.
  if (result >= 0) uv.run(loop, uv.UV_RUN_NOWAIT);
  if (result >= 0) return [loop, handle];
  unwatch(loop, handle);
  throw systemError(result, "uv_signal_start");
}

function unwatch(loop: number, handle: number): void {
  uv.close(handle, 0);
  uv.run(loop, uv.UV_RUN_NOWAIT);
  uv.loopClose(loop);
  uv.free(handle);
  uv.free(loop);
}

/**
 * A descriptor that is readable once a signal was sent to the process, whichever of its threads took it: where
 * signalfd(2) does not do, because other threads do not have the signal blocked. It is libuv's own way of catching signals,
 * in a loop of its own that nobody runs but to read.
 */
export class SignalDescriptor {
  readonly fd: number;
  private readonly loop: number;
  private readonly handle: number;

  constructor(signal: number) {
    guard(signal);
    [this.loop, this.handle] = watch(signal);
    this.fd = uv.backendFd(this.loop);
  }

  /** Makes the descriptor unreadable again. */
  read(): void {
    uv.run(this.loop, uv.UV_RUN_NOWAIT);
  }

  close(): void {
    unwatch(this.loop, this.handle);
  }
}
