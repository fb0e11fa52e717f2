import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { examine } from "../../../src/doctor/examination.ts";
import type { DoctorReport, FeatureFinding } from "../../../src/doctor/report.ts";
import { formatReport } from "../../../src/doctor/text.ts";

const plain = (_style: string, text: string) => text;

function feature(name: string, there: boolean): FeatureFinding {
  return { name, group: "set-up flags", there, since: "6.1", without: "it is slower" };
}

async function textOf(changes: Partial<DoctorReport>): Promise<string> {
  return formatReport({ ...(await examine("1.2.3")), ...changes }, plain);
}

describe("the report for people", () => {
  it("has a line for each feature that is missing, with its version and what is done without", async () => {
    const features = [feature("IORING_SETUP_SUBMIT_ALL", true), feature("IORING_SETUP_DEFER_TASKRUN", false)];
    const text = await textOf({ ioUring: { featureBits: 3, operations: 60, features } });
    assert.match(text, /^ {2}✓ set-up flags +SUBMIT_ALL$/m);
    assert.match(text, /^ {2}✗ +DEFER_TASKRUN came with Linux 6\.1; without it, it is slower$/m);
  });

  it("marks advice, and puts the remedy under the reason, broken between words", async () => {
    const words = "word ".repeat(60).trim();
    const name = "RLIMIT_NOFILE";
    const limit = { name, mark: "advice", value: 1, hardValue: 1, reason: "little", remedy: words } as const;
    const lines = (await textOf({ limits: [limit] })).split("\n");
    const at = lines.indexOf("  ! RLIMIT_NOFILE     little");
    assert.ok(at > 0);
    assert.match(lines[at + 1]!, /^ {22}→ word word/);
    assert.ok(lines.every((line) => line.length <= 100));
    assert.equal(
      lines
        .slice(at + 1)
        .join(" ")
        .match(/word/g)!.length,
      60,
    );
  });
});
