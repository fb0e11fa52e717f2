import type { SystemError } from "../sys/index.ts";

/** What the kernel said when a driver was made. */
export type KernelRefusal = Pick<SystemError, "code" | "syscall" | "message">;

/** In words for people. */
export function said({ syscall, code }: KernelRefusal): string {
  return `${syscall} answers ${code}`;
}
