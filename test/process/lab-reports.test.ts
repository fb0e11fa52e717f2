/** The reports of the lab: what a run writes, what is read back from it, and two of them compared. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { LabReport } from "../../src/lab/report.ts";
import type { FindingsComparison } from "../../src/lab/reports/compare-findings.ts";
import { toHtml } from "../../src/lab/reports/html-report.ts";
import { readFindings } from "../../src/lab/reports/read-findings.ts";
import { decimal } from "../../src/reporting/index.ts";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "pentio-reports-"));
const file = (name: string) => join(folder, name);

/** Runs `pentio lab` to its end. */
function lab(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const options = { env: { ...process.env, ...env }, encoding: "utf8", timeout: 180_000 } as const;
  return spawnSync(process.execPath, [main, "lab", ...args], options);
}

/** What a browser would load or run. */
const ACTIVE =
  /<(?:script(?! type="application\/json")|link(?! rel="icon" href="data:,")|img|iframe|object)|\bon\w+=|url\((?!#)/;

describe("the reports of the lab", () => {
  let findings: LabReport;

  before(() => {
    const args = ["--models", "epoll,node:net", "--seconds", "2", "--connections", "5"];
    const { status, stdout, stderr } = lab([...args, "--json", "--report", file("a.html")], { LANG: "C" });
    assert.equal(status, 0, stderr);
    findings = JSON.parse(stdout);
  });
  after(() => rmSync(folder, { recursive: true }));

  it("carry what --json prints, the time lines of a read among it", () => {
    assert.deepEqual(readFindings(file("a.html")), findings);
    assert.deepEqual(
      findings.timelines!.map(({ model, form }) => `${model} ${form}`),
      ["epoll plain", "epoll driver"],
    );
    // A round in which no reply came has no figures.
    for (const { rounds } of findings.results) assert.ok(rounds.length >= 1 && rounds.length <= 5);
    assert.ok(!Number.isNaN(Date.parse(findings.measuredAt)));
  });

  it("have each figure of each model, the phases, and nothing that runs or is loaded", () => {
    for (const language of ["en", "zh"] as const) {
      const text = toHtml(findings, language);
      assert.doesNotMatch(text, ACTIVE);
      assert.doesNotMatch(text, /undefined|NaN|\[object/);
      for (const { cpuUsPerRequest } of findings.results)
        assert.ok(text.includes(decimal(cpuUsPerRequest, 2)));
      assert.match(
        text,
        language === "en" ? /<html lang="en">.*Waiting for data/s : /<html lang="zh-CN">.*等待数据/s,
      );
      assert.match(text, /<rect class="waiting"/);
      const [shown] = text.split("<script") as [string];
      assert.equal(/Pentio&#39;s loop|works here/.test(shown), language === "en");
      assert.match(text, /<rect class="copying"/);
    }
  });

  it("show hostile texts as text, and give them back as they were", () => {
    const hostile = `</script><img src=x onerror="alert('1')">&amp;<!--`;
    const altered: LabReport = {
      ...findings,
      kernel: hostile,
      results: findings.results.map((result) => ({ ...result, model: hostile, warnings: [hostile] })),
      timelines: findings.timelines!.map((timeline) => ({ ...timeline, model: hostile, kind: hostile })),
      failed: [{ model: hostile, reason: hostile }],
    };
    const text = toHtml(altered, "en");
    assert.doesNotMatch(text, /<img|<!--/);
    assert.equal(text.split("</script>").length, 2, "one script, which is data");
    writeFileSync(file("hostile.html"), text);
    assert.deepEqual(readFindings(file("hostile.html")), altered);
  });

  it("are in the language that is asked for", () => {
    const args = ["--phases", "--models", "epoll", "--delay", "1", "--report", file("zh.html")];
    assert.equal(lab(args, { LC_ALL: "zh_CN.UTF-8" }).status, 0);
    assert.match(readFileSync(file("zh.html"), "utf8"), /等待数据/);
    assert.equal(lab([...args, "--lang", "en"], { LC_ALL: "zh_CN.UTF-8" }).status, 0);
    assert.match(readFileSync(file("zh.html"), "utf8"), /Waiting for data/);
  });

  it("are comma-separated values with --csv", () => {
    const { status, stdout } = lab(["--phases", "--models", "epoll", "--delay", "1", "--csv"]);
    assert.equal(status, 0);
    assert.match(
      stdout,
      /^model,round,waitingUs,copyingUs,arrivalToToldUs,retries,otherWork\r\nepoll \(plain calls\),,\d+/,
    );
    const files = lab(["--files", "--models", "fs.*Sync", "--seconds", "0.1", "--csv"]);
    assert.match(files.stdout, /^model,round,randomReadsPerSecond,.*,threads\r\nfs\.\*Sync,,\d+.*\r\n$/);
  });

  it("are compared: equal to themselves, and otherwise by how much", () => {
    const same = lab(["compare", file("a.html"), file("a.html")]);
    assert.equal(same.status, 0, same.stderr);
    assert.match(same.stdout, /^Machine, versions and options are the same\.$/m);
    assert.match(same.stdout, /^epoll +≈ 1\.00×/m);
    assert.match(same.stdout, /^Both agree on the order of the models by CPU per request/m);

    const [epoll, node] = findings.results;
    // More than rounds differ among themselves on any machine.
    const factor = 1e6;
    const slower = {
      ...epoll!,
      cpuUsPerRequest: epoll!.cpuUsPerRequest * factor,
      rounds: epoll!.rounds.map((round) => ({ ...round, cpuUsPerRequest: round.cpuUsPerRequest * factor })),
    };
    const other: LabReport = { ...findings, kernel: "Linux 99", results: [slower, node!] };
    writeFileSync(file("b.json"), JSON.stringify(other));
    const { stdout } = lab(["compare", file("a.html"), file("b.json"), "--json"]);
    const { differs, ratios } = JSON.parse(stdout) as FindingsComparison;
    assert.deepEqual(differs, [{ what: "kernel", a: findings.kernel, b: "Linux 99" }]);
    const cpu = ratios.find(({ model, figure }) => model === "epoll" && figure === "cpuUsPerRequest")!;
    assert.equal(cpu.isWithinNoise, false);
    assert.equal(Math.round(cpu.ratio!), factor, JSON.stringify(cpu));

    const elsewhere: LabReport = { ...findings, loadModel: "poll", pinned: null, results: [node!] };
    writeFileSync(file("c.json"), JSON.stringify(elsewhere));
    const text = lab(["compare", file("a.html"), file("c.json")]).stdout;
    assert.match(text, /^They have no two servers in common, whose order could be compared\.$/m);
    assert.match(text, /^loadModel differs: \S+ and poll$/m);
  });

  it("are refused with exit status 2 where they are none, or of different things", () => {
    writeFileSync(file("empty.json"), "{}");
    writeFileSync(file("other.html"), "<html></html>");
    writeFileSync(file("text.json"), "no json");
    lab(["--phases", "--models", "epoll", "--delay", "1", "--report", file("phases.html"), "--lang", "en"]);
    for (const [args, message] of [
      [[file("missing.html"), file("a.html")], /missing\.html is not a report of the lab: ENOENT/],
      [[file("a.html"), file("empty.json")], /empty\.json is not a report of the lab/],
      [[file("other.html"), file("a.html")], /other\.html is not a report.*carries no findings/],
      [[file("text.json"), file("a.html")], /text\.json is not a report/],
      [[file("a.html"), file("phases.html")], /One report is about echoes and the other about phases/],
      [[file("a.html")], /compare takes two reports, not 1/],
    ] as const) {
      const { status, stderr, stdout } = lab(["compare", ...args]);
      assert.equal(status, 2, stderr);
      assert.match(stderr, message);
      assert.equal(stdout, "");
    }
    const nowhere = lab(["--phases", "--report", file("missing/a.html")]);
    assert.equal(nowhere.status, 2);
    assert.match(nowhere.stderr, /--report cannot write .*ENOENT/);
    const intoFolder = lab(["--phases", "--report", folder]);
    assert.equal(intoFolder.status, 2);
    assert.match(intoFolder.stderr, /--report cannot write .*: it is a directory/);
    assert.doesNotMatch(intoFolder.stderr, /reading/, "before anything is measured");
  });
});
