/** libuv's exported functions, a stable ABI, as far as they are needed here; docs.libuv.org. */
import { addressOfSymbol, bind, type ForeignType } from "./ffi.ts";

type Call = (...args: number[]) => number;

function uv(name: string, types: readonly ForeignType[], result: ForeignType = "i32"): Call {
  return bind<Call>(`uv_${name}`, result, types);
}

export const malloc = bind<Call>("malloc", "pointer", ["u64"]);
export const free = bind<Call>("free", "void", ["pointer"]);

export const handleSize = uv("handle_size", ["i32"], "u64");
export const ref = uv("ref", ["pointer"], "void");
export const unref = uv("unref", ["pointer"], "void");
export const close = uv("close", ["pointer", "pointer"], "void");

export const loopSize = uv("loop_size", [], "u64");
export const loopInit = uv("loop_init", ["pointer"]);
export const loopClose = uv("loop_close", ["pointer"]);
export const run = uv("run", ["pointer", "i32"]);
export const updateTime = uv("update_time", ["pointer"], "void");
export const backendTimeout = uv("backend_timeout", ["pointer"]);
export const backendFd = uv("backend_fd", ["pointer"]);

export const pollInit = uv("poll_init", ["pointer", "pointer", "i32"]);
export const pollStart = uv("poll_start", ["pointer", "i32", "pointer"]);
export const checkInit = uv("check_init", ["pointer", "pointer"]);
export const checkStart = uv("check_start", ["pointer", "pointer"]);
export const checkStop = uv("check_stop", ["pointer"]);
export const idleInit = uv("idle_init", ["pointer", "pointer"]);
export const idleStart = uv("idle_start", ["pointer", "pointer"]);
export const idleStop = uv("idle_stop", ["pointer"]);
export const signalInit = uv("signal_init", ["pointer", "pointer"]);
export const signalStart = uv("signal_start", ["pointer", "pointer", "i32"]);

/** `uv_handle_type` and `uv_run_mode` of uv.h. */
export const UV_CHECK = 2;
export const UV_IDLE = 6;
export const UV_POLL = 8;
export const UV_SIGNAL = 16;
export const UV_RUN_NOWAIT = 2;
export const UV_READABLE = 1;
export const UV_WRITABLE = 2;

/** A C function that does nothing when it is called with a pointer. */
export const nothingPointer = addressOfSymbol("abs");
