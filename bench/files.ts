import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Check, checkAtLeast, checkAtMost, printChecks } from "./checks.ts";
import { type Contest, type Figures, setUpContests } from "./file-contests.ts";
import type { BenchOptions } from "./options.ts";
import type { Excuse } from "./peers.ts";
import { lastLine } from "./process.ts";
import { median, table } from "./statistics.ts";

/** A bar that the project sets itself: work, who is compared with whom, in what, and the ratio. */
interface Bar {
  readonly work: string;
  /** Default: pentio. */
  readonly of?: string;
  readonly to: string;
  readonly figure: keyof Figures;
  readonly atLeast?: number;
  readonly atMost?: number;
}

const bars: readonly Bar[] = [
  { work: "random reads from the page cache", to: "promises", figure: "perSecond", atLeast: 10 },
  { work: "random reads from the page cache", to: "promises", figure: "cpuNs", atMost: 1 / 12 },
  { work: "random reads from the page cache", to: "C", figure: "perSecond", atLeast: 0.7 },
  {
    work: "random reads from the page cache",
    of: "parallelRead",
    to: "C",
    figure: "perSecond",
    atLeast: 0.7,
  },
  { work: "random reads from the disk", to: "fio", figure: "perSecond", atLeast: 0.9 },
  { work: "stat", to: "promises", figure: "perSecond", atLeast: 3 },
  { work: "read-files", to: "promises", figure: "perSecond", atLeast: 3 },
  { work: "log", to: "promises", figure: "perSecond", atLeast: 5 },
];

/** Rounds of figures, by contestant. */
type Rounds = Map<string, Figures[]>;

/** Files: random reads, many files, a log; beside Node's own module, a loop in C, and fio. */
export async function files(options: BenchOptions) {
  const folder = mkdtempSync(join(tmpdir(), "pentio-bench-"));
  try {
    process.stderr.write("making files\n");
    const { contests, skipped } = setUpContests(folder, options.seconds);
    const failed: Excuse[] = [];
    const results: { work: string; name: string; perSecond: number; cpuNs: number }[] = [];
    const checks: Check[] = [];
    for (const contest of contests.filter(({ work }) => isWanted(work, options))) {
      const rounds = await take(contest, options, failed);
      for (const [name, figures] of rounds) {
        const of = (figure: keyof Figures) => median(figures.map((round) => round[figure]));
        results.push({ work: contest.work, name, perSecond: of("perSecond"), cpuNs: of("cpuNs") });
      }
      checks.push(...bars.flatMap((bar) => (bar.work === contest.work ? check(bar, rounds) : [])));
    }
    if (!options.json) print(results, checks, skipped);
    return { suite: "files", options, results, checks, skipped, failed };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isWanted(work: string, { only }: BenchOptions): boolean {
  return only.length === 0 || only.some((word) => work.includes(word));
}

/** Everybody in turn, round by round. */
async function take(contest: Contest, { rounds }: BenchOptions, failed: Excuse[]): Promise<Rounds> {
  const all: Rounds = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const { name, command, parse } of contest.contestants) {
      process.stderr.write(`${contest.work}, round ${round + 1}: ${name}\n`);
      try {
        const figures = parse(await lastLine({ command, processor: null }));
        all.set(name, [...(all.get(name) ?? []), figures]);
      } catch (error) {
        failed.push({ name: `${contest.work} by ${name}`, reason: (error as Error).message });
      }
    }
  }
  return all;
}

/** The median of the rounds' ratios. */
function check({ work, of = "pentio", to, figure, atLeast, atMost }: Bar, rounds: Rounds): Check[] {
  const [ours, theirs] = [rounds.get(of), rounds.get(to)];
  if (!ours || !theirs || ours.length !== theirs.length) return [];
  const ratio = median(ours.map((round, i) => round[figure] / theirs[i]![figure]));
  const bar = `${work}: ${figure === "cpuNs" ? "CPU of each" : "rate"}, ${of} to ${to}`;
  return [atMost === undefined ? checkAtLeast(bar, ratio, atLeast!) : checkAtMost(bar, ratio, atMost)];
}

function print(
  results: readonly ({ work: string; name: string } & Figures)[],
  checks: readonly Check[],
  skipped: readonly Excuse[],
): void {
  const rows = results.map(({ work, name, perSecond, cpuNs }) => [
    work,
    name,
    perSecond.toFixed(0),
    (cpuNs / 1000).toFixed(2),
  ]);
  console.log(table([["work", "by", "operations/s", "CPU µs each"], ...rows]));
  printChecks(checks);
  for (const { name, reason } of skipped) console.log(`skipped ${name}: ${reason}`);
}
