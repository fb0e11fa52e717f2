/**
 * `pentio doctor` as a user meets it, on this machine as it is and with every fault that a process of its own can be
 * given: filters, limits, name spaces. The sysctl kernel.io_uring_disabled is the whole machine's; test/unit has that.
 */
import assert from "node:assert/strict";
import { existsSync, rmdirSync } from "node:fs";
import { constants } from "node:os";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { DoctorReport, LimitFinding, ModelFinding } from "../../src/doctor/report.ts";
import { chooseDriver, models, probeModels } from "../../src/drivers/index.ts";
import { missing, Program, type ProgramEnd, runProgram } from "../support/programs.ts";
import { IO_URING_CALLS, installFilter, type SystemCall, underFilter } from "../support/seccomp.ts";

const guard = { timeout: 180_000 };
const { EPERM, ENOSYS, ENOMEM } = constants.errno;
const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

interface Surroundings {
  /** What starts Node. */
  readonly wrapper?: readonly string[];
  readonly nodeFlags?: readonly string[];
  readonly env?: Record<string, string>;
}

function doctor(args: readonly string[], { wrapper = [], nodeFlags = [], env = {} }: Surroundings = {}) {
  const { PENTIO_MODEL: _, KUBERNETES_SERVICE_HOST: __, ...inherited } = process.env;
  const command = [...wrapper, process.execPath, ...nodeFlags, main, "doctor", ...args];
  return new Program(command, { ...inherited, ...env }).end();
}

/** The report of a doctor that ended well, with the exit status that belongs to it. */
async function examine(surroundings: Surroundings = {}): Promise<DoctorReport> {
  return reportOf(await doctor(["--json"], surroundings));
}

function reportOf({ code, stderr, lines }: ProgramEnd): DoctorReport {
  assert.equal(stderr, "");
  const report = JSON.parse(lines.join("\n")) as DoctorReport;
  assert.equal(
    report.works,
    report.models.some(({ works }) => works),
  );
  assert.equal(code, report.works ? 0 : 1);
  return report;
}

function modelIn(report: DoctorReport, name: string): ModelFinding {
  return report.models.find(({ model }) => model === name)!;
}

function limitIn(report: DoctorReport, name: string): LimitFinding {
  return report.limits.find((limit) => limit.name === name)!;
}

function limited(...options: string[]): string[] {
  return ["prlimit", ...options];
}

const noFilters = missing(...underFilter(IO_URING_CALLS, EPERM), "true");
const noLimits = missing(...limited("--nofile=256:256"), "true");

describe("pentio doctor", () => {
  it("finds every model as a program does, and what auto chooses", guard, async () => {
    const report = await examine();
    const expected = probeModels().map(({ model, works }) => ({ model, works }));
    assert.deepEqual(
      report.models.map(({ model, works }) => ({ model, works })),
      expected,
    );
    const { driver, reason } = chooseDriver("auto");
    driver.close();
    assert.equal(report.auto.model, driver.model);
    if (modelIn(report, "io_uring").works) assert.equal(report.auto.reason, reason);
    assert.equal(report.node, process.version);
    assert.equal(report.requested, null);
    for (const { mark } of report.foundations) assert.equal(mark, "works");
  });

  it("tells of every limit its value, as the kernel has it", guard, async () => {
    const report = await examine();
    assert.deepEqual(
      report.limits.map(({ name }) => name),
      ["RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_NPROC", "pids.max", "RLIMIT_SIGPENDING", "somaxconn"],
    );
    for (const { mark, remedy } of report.limits) assert.equal(remedy !== null, mark === "advice");
  });

  it("tells the features that io_uring needs to work as there, where it works", guard, async (t) => {
    const { ioUring, ...report } = await examine();
    if (!modelIn({ ioUring, ...report }, "io_uring").works) return t.skip("io_uring does not work here");
    const needed = ioUring!.features.filter(({ group }) => group === "operations");
    assert.ok(needed.length >= 6 && needed.every(({ there }) => there));
    assert.ok(ioUring!.operations >= needed.length);
    for (const name of ["IORING_FEAT_SINGLE_MMAP", "IORING_FEAT_NODROP", "provided-buffer rings"]) {
      assert.ok(ioUring!.features.find((feature) => feature.name === name)!.there, name);
    }
  });

  it(
    "prints at most 100 columns of plain text, with a line for each model, feature and limit",
    guard,
    async () => {
      const { code, stderr, lines } = await doctor([]);
      assert.equal(stderr, "");
      assert.equal(code, 0);
      for (const line of lines) assert.ok(line.length <= 100 && !line.includes("\x1b"), line);
      const text = lines.join("\n");
      for (const model of models) assert.match(text, new RegExp(`^  [✓✗] ${model} `, "m"));
      assert.match(text, /^ {2}✓ auto +\S+: /m);
      assert.match(text, /^ {2}[✓!] RLIMIT_NOFILE /m);
    },
  );

  it("paints the marks on a terminal, unless NO_COLOR is set", {
    ...guard,
    skip: missing("python3", "--version"),
  }, async () => {
    const terminal = ["python3", "-c", "import pty, sys; pty.spawn(sys.argv[1:])"];
    const painted = await doctor([], { wrapper: terminal, env: { NO_COLOR: "" } });
    assert.ok(painted.lines.some((line) => line.includes("\x1b[32m✓\x1b[0m epoll")));
    const plain = await doctor([], { wrapper: terminal, env: { NO_COLOR: "1" } });
    assert.match(plain.lines.join("\n"), /^ {2}✓ epoll/m);
  });

  it("leaves no descriptor open", guard, async () => {
    const program = `
import { readdirSync } from "node:fs";
import { doctorCommand } from "$src/doctor/index.js";
const open = () => readdirSync("/proc/self/fd").length;
process.stdout.write("");
await doctorCommand(["--json"], "0");
const before = open();
for (let i = 0; i < 3; i++) await doctorCommand(["--json"], "0");
console.error(open() - before);
`;
    assert.equal((await runProgram(program)).stderr, "0\n");
  });

  it("refuses what is not an option of it", guard, async () => {
    for (const args of [["--jsn"], ["epoll"], ["--json=1"]]) {
      const { code, stderr, lines } = await doctor(args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /^pentio doctor: .*\nTry "pentio doctor --help"/);
      assert.deepEqual(lines, []);
    }
    const help = await doctor(["--help"]);
    assert.equal(help.code, 0);
    assert.match(help.lines.join("\n"), /--json[\s\S]*Exit status/);
  });
});

describe("pentio doctor where a seccomp filter forbids io_uring", { skip: noFilters }, () => {
  const cases: { name: string; calls: readonly SystemCall[]; errno: number; code: string }[] = [
    { name: "with EPERM", calls: IO_URING_CALLS, errno: EPERM, code: "EPERM" },
    { name: "with ENOSYS", calls: IO_URING_CALLS, errno: ENOSYS, code: "ENOSYS" },
    { name: "to be registered with", calls: ["io_uring_register"], errno: EPERM, code: "ENOSYS" },
    { name: "to be entered", calls: ["io_uring_enter"], errno: EPERM, code: "EPERM" },
  ];
  for (const { name, calls, errno, code } of cases) {
    it(`blames the filter that forbids it ${name}, and says what it should allow`, guard, async () => {
      const report = await examine({ wrapper: underFilter(calls, errno) });
      const found = modelIn(report, "io_uring");
      assert.deepEqual([found.works, found.cause, found.code], [false, "seccomp", code]);
      assert.match(found.reason, /seccomp filter/);
      assert.equal(report.ioUring, null);
      assert.match(found.remedy!, /io_uring_setup, io_uring_enter and io_uring_register/);
      assert.ok(modelIn(report, "epoll").works);
    });
  }

  it("warns that auto chooses what can be made, and not be used", guard, async () => {
    const { auto } = await examine({ wrapper: underFilter(["io_uring_enter"], EPERM) });
    if (auto.model !== "io_uring") return;
    assert.equal(auto.mark, "missing");
    assert.match(auto.remedy!, /set PENTIO_MODEL to a model that works: .*epoll/);
  });

  it("says that auto chooses another model, and why", guard, async () => {
    const report = await examine({ wrapper: underFilter(IO_URING_CALLS, EPERM) });
    assert.notEqual(report.auto.model, "io_uring");
    assert.ok(report.models.find(({ model }) => model === report.auto.model)!.works);
    assert.match(report.auto.reason, /io_uring, which is preferred, does not work here \(seccomp\)/);
    assert.equal(report.auto.mark, "works");
    assert.equal(report.ioUring, null);
  });

  it("names Kubernetes and its remedy inside of it", guard, async () => {
    const env = { KUBERNETES_SERVICE_HOST: "10.0.0.1" };
    const report = await examine({ wrapper: underFilter(IO_URING_CALLS, EPERM), env });
    assert.equal(report.container!.engine, "Kubernetes");
    const { reason, remedy } = modelIn(report, "io_uring");
    assert.match(reason, /Kubernetes/);
    assert.match(remedy!, /securityContext\.seccompProfile/);
  });

  it("prints the reason and the remedy in at most 100 columns", guard, async () => {
    const { code, lines } = await doctor([], { wrapper: underFilter(IO_URING_CALLS, EPERM) });
    assert.equal(code, 0);
    for (const line of lines) assert.ok(line.length <= 100, line);
    assert.match(lines.join("\n"), /✗ io_uring +a seccomp filter[\s\S]*→ /);
  });

  it("says of a model that PENTIO_MODEL asks for that programs will fail", guard, async () => {
    const env = { PENTIO_MODEL: "io_uring" };
    const { requested } = await examine({ wrapper: underFilter(IO_URING_CALLS, EPERM), env });
    assert.equal(requested!.mark, "missing");
    assert.match(requested!.reason, /programs fail: io_uring does not work here/);
  });

  it("blames missing memory for ENOMEM, and shows the limit on locked memory", {
    ...guard,
    skip: noLimits,
  }, async () => {
    const wrapper = [...limited("--memlock=65536:65536"), ...underFilter(["io_uring_setup"], ENOMEM)];
    const report = await examine({ wrapper });
    const found = modelIn(report, "io_uring");
    assert.equal(found.cause, "memory");
    assert.match(found.reason, /RLIMIT_MEMLOCK is 64 KiB/);
    assert.match(found.remedy!, /ulimit -l/);
    const limit = limitIn(report, "RLIMIT_MEMLOCK");
    assert.deepEqual(
      [limit.value, limit.mark],
      [65536, "advice"],
      "nothing says that rings need no locked memory",
    );
  });
});

describe("pentio doctor under low limits", { skip: noLimits }, () => {
  it("advises to raise a low limit on descriptors, and bounds models by it", guard, async () => {
    const report = await examine({ wrapper: limited("--nofile=256:256") });
    const { mark, value, hardValue, remedy } = limitIn(report, "RLIMIT_NOFILE");
    assert.deepEqual([mark, value, hardValue], ["advice", 256, 256]);
    assert.match(remedy!, /ulimit -n.*LimitNOFILE=/);
    assert.match(modelIn(report, "epoll").bound!, /256 descriptors/);
  });

  it("has no advice where the soft limit alone is low, which Node raises itself", guard, async () => {
    const report = await examine({ wrapper: limited("--nofile=256:12000") });
    const { mark, value } = limitIn(report, "RLIMIT_NOFILE");
    assert.deepEqual([mark, value], ["works", 12000]);
  });

  it("advises to raise low limits on threads and signals", guard, async () => {
    const report = await examine({ wrapper: limited("--nproc=500:500", "--sigpending=10:10") });
    const values = ["RLIMIT_NPROC", "RLIMIT_SIGPENDING"].map((name) => limitIn(report, name));
    assert.deepEqual(
      values.map(({ mark, value }) => [mark, value]),
      [
        ["advice", 500],
        ["advice", 10],
      ],
    );
  });

  it("shows little locked memory, and advises only where rings count against it", guard, async () => {
    const report = await examine({ wrapper: limited("--memlock=65536:65536") });
    const { value, mark } = limitIn(report, "RLIMIT_MEMLOCK");
    const modern = report.ioUring?.features.find(({ name }) => name === "IORING_FEAT_NATIVE_WORKERS")?.there;
    assert.deepEqual([value, mark], [65536, modern ? "works" : "advice"]);
  });

  const inNamespace = [
    "unshare",
    "--net",
    "sh",
    "-c",
    'echo 128 > /proc/sys/net/core/somaxconn; exec "$@"',
    "sh",
  ];
  it("advises to raise a low somaxconn", { ...guard, skip: missing(...inNamespace, "true") }, async () => {
    const { mark, value, remedy } = limitIn(await examine({ wrapper: inNamespace }), "somaxconn");
    assert.deepEqual([mark, value], ["advice", 128]);
    assert.match(remedy!, /net\.core\.somaxconn=4096/);
  });
});

/** Examines itself after it has used up all its descriptors but some. */
function exhausted(left: number): string {
  return `
import { closeSync, openSync } from "node:fs";
import { doctorCommand } from "$src/doctor/index.js";
await doctorCommand(["--json"], "before");
const opened = [];
try {
  for (;;) opened.push(openSync("/dev/null"));
} catch {}
for (let i = 0; i < ${left}; i++) closeSync(opened.pop());
console.log("------");
process.exitCode = await doctorCommand(["--json"], "after");
`;
}

const cgroups = existsSync("/sys/fs/cgroup/pids") ? "/sys/fs/cgroup/pids" : "/sys/fs/cgroup";
const group = `${cgroups}/pentio-doctor-${process.pid}`;
const join = `
mkdir ${group} 2>/dev/null
echo 500 > ${group}/pids.max && echo $$ > ${group}/cgroup.procs && exec "$@"
rmdir ${group}; exit 1`;
const inGroup = ["sh", "-c", join, "sh"];

describe("pentio doctor in a control group with few threads", { skip: missing(...inGroup, "true") }, () => {
  after(() => rmdirSync(group));

  it("advises to raise pids.max", guard, async () => {
    const { mark, value, remedy } = limitIn(await examine({ wrapper: inGroup }), "pids.max");
    assert.deepEqual([mark, value], ["advice", 500]);
    assert.match(remedy!, /--pids-limit/);
  });
});

describe("pentio doctor without file descriptors", { skip: noLimits }, () => {
  async function examineExhausted(left: number): Promise<DoctorReport> {
    const end = await runProgram(exhausted(left), { wrapper: limited("--nofile=64:64") });
    return reportOf({ ...end, lines: end.lines.slice(end.lines.indexOf("------") + 1) });
  }

  it("says so of the models that need more than are left", guard, async (t) => {
    if (!(await examine()).ioUring) return t.skip("io_uring does not work here");
    const report = await examineExhausted(1);
    const found = modelIn(report, "io_uring");
    assert.deepEqual([found.works, found.cause, found.code], [false, "descriptors", "EMFILE"]);
    assert.match(found.reason, /no file descriptor left, of 64/);
    assert.match(found.remedy!, /ulimit -n/);
    assert.ok(modelIn(report, "epoll").works, "it needs one");
  });

  it("reports with none left, when it can read no file", guard, async () => {
    const report = await examineExhausted(0);
    assert.deepEqual(
      [modelIn(report, "epoll").works, modelIn(report, "epoll").cause],
      [false, "descriptors"],
    );
    assert.equal(limitIn(report, "RLIMIT_NOFILE").value, null);
  });
});

describe("pentio doctor where models are refused that are not io_uring", () => {
  const creating: readonly SystemCall[] = [
    ...IO_URING_CALLS,
    "epoll_create1",
    "eventfd2",
    "signalfd4",
    "timerfd_create",
    "socket",
    "socketpair",
    "ppoll",
    "pselect6",
    "recvfrom",
    "clone",
    "clone3",
  ];
  // Node itself needs an epoll and threads when it starts, so that the filter comes afterwards.
  const program = `
import { doctorCommand } from "$src/doctor/index.js";
import "$src/drivers/index.js";
process.stdout.write("");
${installFilter(creating, EPERM)}
process.exitCode = await doctorCommand(["--json"], "0");
`;

  it(
    "tells for each which call the filter should allow, and that none works if none is left",
    guard,
    async () => {
      const report = reportOf(await runProgram(program));
      for (const name of ["io_uring", "epoll"]) {
        const { works, code, reason } = modelIn(report, name);
        assert.deepEqual([works, code], [false, "EPERM"]);
        assert.match(reason, /seccomp filter.*EPERM/);
      }
      assert.match(modelIn(report, "epoll").remedy!, / epoll_create1$/);
      if (report.auto.model === null) assert.equal(report.auto.remedy === null, !report.works);
    },
  );
});

describe("pentio doctor where native functions cannot be called", () => {
  const surroundings = { nodeFlags: ["--no-addons"] };

  it("says so and what to do, with exit status 1", guard, async () => {
    const report = await examine(surroundings);
    assert.equal(report.works, false);
    const { mark, reason, remedy } = report.foundations.find(({ name }) => name === "FFI")!;
    assert.equal(mark, "missing");
    assert.match(reason, /loading addons is disabled/);
    assert.match(remedy!, /--no-addons/);
    assert.deepEqual([report.models, report.auto.model, report.ioUring], [[], null, null]);
  });

  it("still prints what it could find", guard, async () => {
    const { code, stderr, lines } = await doctor([], surroundings);
    assert.deepEqual([code, stderr], [1, ""]);
    assert.match(
      lines.join("\n"),
      /✗ FFI [\s\S]*→ start Node without --no-addons[\s\S]*✗ auto[\s\S]*RLIMIT_NOFILE/,
    );
  });
});

describe("pentio doctor and PENTIO_MODEL", () => {
  it("finds a good one", guard, async () => {
    const { requested } = await examine({ env: { PENTIO_MODEL: "epoll" } });
    assert.deepEqual(requested, {
      value: "epoll",
      mark: "works",
      reason: "programs get epoll",
      remedy: null,
    });
  });

  it("finds a wrong one, tells the known ones, and examines the machine all the same", guard, async () => {
    const { requested, works } = await examine({ env: { PENTIO_MODEL: "kqueue" } });
    assert.ok(works);
    assert.equal(requested!.mark, "missing");
    assert.match(requested!.reason, /Unknown I\/O model "kqueue"/);
    for (const model of models) assert.ok(requested!.reason.includes(model));
    const { lines } = await doctor([], { env: { PENTIO_MODEL: "kqueue" } });
    assert.match(lines.join("\n"), /✗ PENTIO_MODEL +kqueue: /);
  });
});
