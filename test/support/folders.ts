import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A folder of the test's own, which goes with the test. */
export function folder(t: TestContext): string {
  const path = fs.mkdtempSync(join(tmpdir(), "pentio-files-"));
  t.after(() => fs.rmSync(path, { recursive: true }));
  return path;
}

/** Files in a folder that this process has open. */
export function openIn(path: string): string[] {
  return fs.readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const target = fs.readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(path) ? target : [];
    } catch {
      return [];
    }
  });
}
