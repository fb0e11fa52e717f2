import { systemError } from "./errno.ts";
import { addressOf, addressOfSymbol, bind } from "./ffi.ts";

type Call = (...args: number[]) => number;

const malloc = bind<(lengthBytes: number) => number>("malloc", "pointer", ["u64"]);
const free = bind<(address: number) => undefined>("free", "void", ["pointer"]);
const loopSize = bind<() => number>("uv_loop_size", "u64", []);
const loopInit = bind<Call>("uv_loop_init", "i32", ["pointer"]);
const loopClose = bind<Call>("uv_loop_close", "i32", ["pointer"]);
const handleSize = bind<(type: number) => number>("uv_handle_size", "u64", ["i32"]);
const signalInit = bind<Call>("uv_signal_init", "i32", ["pointer", "pointer"]);
const signalStart = bind<Call>("uv_signal_start", "i32", ["pointer", "pointer", "i32"]);
const uvClose = bind<(handle: number, callback: number) => undefined>("uv_close", "void", [
  "pointer",
  "pointer",
]);
const run = bind<Call>("uv_run", "i32", ["pointer", "i32"]);
const backendFd = bind<Call>("uv_backend_fd", "i32", ["pointer"]);

const sigaction = bind<Call>("sigaction", "i32", ["i32", "pointer", "pointer"]);

/** sizeof(struct sigaction) is less; the handler comes first. */
const SIGACTION_BYTES = 256;

/** `uv_handle_type` and `uv_run_mode` of uv.h. */
const UV_SIGNAL = 16;
const UV_RUN_NOWAIT = 2;

/** A C function that does nothing when it is called. */
const nothingPointer = addressOfSymbol("abs");

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
  const loop = malloc(loopSize());
  let result = loopInit(loop);
  if (result < 0) {
    free(loop);
    throw systemError(result, "uv_loop_init");
  }
  const handle = malloc(handleSize(UV_SIGNAL));
  result = signalInit(loop, handle);
  if (result >= 0) result = signalStart(handle, nothingPointer, signal);
  // Now libuv begins to watch.
  if (result >= 0) run(loop, UV_RUN_NOWAIT);
  if (result >= 0) return [loop, handle];
  unwatch(loop, handle);
  throw systemError(result, "uv_signal_start");
}

function unwatch(loop: number, handle: number): void {
  uvClose(handle, 0);
  run(loop, UV_RUN_NOWAIT);
  loopClose(loop);
  free(handle);
  free(loop);
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
    this.fd = backendFd(this.loop);
  }

  /** Makes the descriptor unreadable again. */
  read(): void {
    run(this.loop, UV_RUN_NOWAIT);
  }

  close(): void {
    unwatch(this.loop, this.handle);
  }
}
