import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Body } from "../../src/index.ts";
import { closeForeigners } from "./foreigners.ts";
import type { Runtime } from "./runtimes.ts";

setFlagsFromString("--expose-gc");

/** Collects garbage: all of it, or only the young. */
export const collectGarbage: (minor?: boolean) => void = runInNewContext("gc");

/** Waits until something holds; how long that takes does not matter, but for a guard against hanging. */
export async function eventually(condition: () => boolean, what: string, guardMs = 30_000): Promise<void> {
  for (const end = Date.now() + guardMs; !condition(); await delay(5)) {
    if (Date.now() > end) assert.fail(`never happened: ${what}`);
  }
}

/** Waits until something that is measured has not changed for a while. */
export async function settled<T>(measure: () => T, samples = 20): Promise<T> {
  let last = measure();
  for (let same = 0; same < samples; await delay(10)) {
    const now = measure();
    same = JSON.stringify(now) === JSON.stringify(last) ? same + 1 : 0;
    last = now;
  }
  return last;
}

/** Memory outside of V8's heap that is in use, in bytes. */
export async function usedMemory(): Promise<number> {
  // What one collection finds dead may be given back only during the next.
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await delay(5);
  }
  return process.memoryUsage().arrayBuffers;
}

/** Blocks the thread, so that what happens in the meantime is found at once afterwards. */
export function blockThread(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** File descriptors of this process. */
export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** Which they are, but for the one by which the list is read. */
export function descriptorNumbers(): string[] {
  return readdirSync("/proc/self/fd").filter((fd) => linkOf(fd) !== undefined);
}

/** Sockets of this process. Other descriptors come and go with the threads of models that have some. */
export function openSockets(): number {
  return readdirSync("/proc/self/fd").filter(isSocket).length;
}

function isSocket(fd: string): boolean {
  return linkOf(fd)?.startsWith("socket:") === true;
}

/** What a descriptor is of; undefined if it is closed, as the one by which the list was read. */
function linkOf(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

/** How many file descriptors this process may open. */
export function descriptorLimit(): number {
  return Number(/^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))![1]);
}

/** Checks that something leaves no socket, request, timer or keep-alive behind, other than those of foreigners. */
export async function leavesNothing(runtime: Runtime, body: () => Promise<unknown>): Promise<void> {
  const holdings = () => {
    const { inFlight, refs, timers } = runtime.loop.statistics();
    return { sockets: openSockets(), inFlight, refs, timers };
  };
  const before = await settled(holdings, 2);
  await body();
  closeForeigners();
  for (const end = Date.now() + 20_000; Date.now() < end; await delay(5)) {
    // What those before had left may have gone only now.
    if (isNoMore(holdings(), before)) return;
  }
  assert.deepEqual(holdings(), before, "something was left behind");
}

/** Whether no count is higher than before. */
export function isNoMore<K extends string>(now: Record<K, number>, before: Record<K, number>): boolean {
  return (Object.keys(now) as K[]).every((what) => now[what] <= before[what]);
}

/** Runs a program to its end, and checks that it leaves nothing behind. */
export function runsCleanly(runtime: Runtime, body: Body<unknown>): Promise<void> {
  return leavesNothing(runtime, () => runtime.run(body).promise);
}
