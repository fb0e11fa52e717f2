import { systemError } from "./errno.ts";
import { addressOfSymbol, bind } from "./ffi.ts";

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

/** `uv_handle_type` and `uv_run_mode` of uv.h. */
const UV_SIGNAL = 16;
const UV_RUN_NOWAIT = 2;

/** A C function that does nothing when it is called. */
const nothingPointer = addressOfSymbol("abs");

/**
 * A descriptor that is readable once a signal was sent to the process, whichever of its threads took it: where
 * signalfd(2) does not do, because other threads do not have the signal blocked. It is libuv's own way of catching signals,
 * in a loop of its own that nobody runs but to read.
 */
export class SignalDescriptor {
  readonly fd: number;
  private readonly loop = malloc(loopSize());
  private readonly handle = malloc(handleSize(UV_SIGNAL));

  constructor(signal: number) {
    let result = loopInit(this.loop);
    if (result < 0) throw systemError(result, "uv_loop_init");
    result = signalInit(this.loop, this.handle);
    if (result >= 0) result = signalStart(this.handle, nothingPointer, signal);
    if (result < 0) {
      loopClose(this.loop);
      throw systemError(result, "uv_signal_start");
    }
    this.fd = backendFd(this.loop);
    // Now libuv begins to watch.
    this.read();
  }

  /** Makes the descriptor unreadable again. */
  read(): void {
    run(this.loop, UV_RUN_NOWAIT);
  }

  close(): void {
    uvClose(this.handle, 0);
    run(this.loop, UV_RUN_NOWAIT);
    loopClose(this.loop);
    free(this.handle);
    free(this.loop);
  }
}
