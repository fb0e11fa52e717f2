/** What other rooms build on: {@link module:pentio/executors} and what its executors are made of. */
export { BaseExecutor, type CallTaker } from "./base-executor.ts";
export { type AnyFunction, Call, type CallOwner } from "./call.ts";
export { decodeError, encodeError } from "./error-codec.ts";
export { shutDownError, unsendable } from "./errors.ts";
export * from "./public.ts";
export { checkFunction, moduleName } from "./worker-module.ts";
