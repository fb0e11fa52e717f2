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
