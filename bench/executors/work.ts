/** What workers do in the bench. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export function nothing(): void {}

/** Processor time that this process has used, in microseconds. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

export function hash(path: string): string {
  return createHash("sha512").update(readFileSync(path)).digest("hex");
}
