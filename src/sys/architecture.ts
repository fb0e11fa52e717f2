/** A number of a system call where the architectures have their own tables: x86-64's, or the generic one of arm64. */
export function callNumber(x64: number, generic: number): number {
  return process.arch === "x64" ? x64 : generic;
}
