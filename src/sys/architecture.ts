/** A number where x86-64 has one of its own, of a system call or in a structure; arm64 and others have the generic one. */
export function byArchitecture(x64: number, generic: number): number {
  return process.arch === "x64" ? x64 : generic;
}
