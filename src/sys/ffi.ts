/**
 * The foreign function interface: the one module that names koffi.
 *
 * Everything above passes plain numbers: integers and addresses alike (user-space addresses fit in 47 bits,
 * well inside a double). That keeps BigInt off the hot paths, and it is all that another provider, such as
 * Node's own `node:ffi`, would have to offer to take koffi's place.
 */
import koffi from "koffi";
import { type Errno, traced } from "../tracing/index.ts";

/** The C types that cross the boundary. A `pointer` is passed and returned as a number. */
export type ForeignType = "void" | "i32" | "u32" | "i64" | "u64" | "pointer";

const koffiTypes: Record<ForeignType, string> = {
  void: "void",
  i32: "int32_t",
  u32: "uint32_t",
  i64: "int64_t",
  u64: "uint64_t",
  pointer: "uintptr_t",
};

/** The process itself: libc, libuv and Node-API are all among its exported symbols. */
const process_ = koffi.load(null);

/** Binds an exported C function. */
export function bind<F extends (...args: number[]) => number | undefined>(
  symbol: string,
  result: ForeignType,
  parameters: readonly ForeignType[],
): F {
  return process_.func(
    symbol,
    koffiTypes[result],
    parameters.map((type) => koffiTypes[type]),
  ) as unknown as F;
}

/** As {@link bind}, for what leaves the program: system calls, and those that the C library makes for us. */
export function bindCall<F extends (...args: number[]) => number | undefined>(
  symbol: string,
  result: ForeignType,
  parameters: readonly ForeignType[],
): F {
  return traced(symbol, bind<F>(symbol, result, parameters), koffi.errno as Errno);
}

/** The address of an exported C symbol, for C functions that take a function pointer. */
export function addressOfSymbol(symbol: string): number {
  return Number(process_.symbol(symbol));
}

/**
 * `errno` of the calling thread, as the last bound function left it: koffi's own function, for one of ours would be compiled
 * when it is first called, and memory that V8 asks for on the way may change errno (ENOMEM in the place of EPIPE was seen).
 */
export const errno = koffi.errno as () => number;

/**
 * The address of a view's first byte. Asking moves a small view off V8's heap, after which the memory stays
 * where it is; it does not keep the memory alive. Costs about 50 ns and a BigInt: not for hot paths.
 */
export function addressOf(view: NodeJS.ArrayBufferView): number {
  return Number(koffi.address(view));
}

/** Native memory as an ArrayBuffer. The memory must outlive every view of it. */
export function viewOf(address: number, lengthBytes: number): ArrayBuffer {
  return koffi.view(BigInt(address), lengthBytes);
}

/** Binds a Node-API function whose first parameter is this thread's `napi_env`. */
export function bindNodeApi(
  symbol: string,
  parameters: readonly ForeignType[],
): (...args: number[]) => number {
  const bound = process_.func(symbol, "int32_t", ["void *", ...parameters.map((type) => koffiTypes[type])]);
  return (...args) => bound(koffi.node.env, ...args) as number;
}
