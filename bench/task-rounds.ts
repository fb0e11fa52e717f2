import { type Check, checkAtLeast, checkAtMost } from "./checks.ts";
import type { BenchOptions } from "./options.ts";
import type { Excuse } from "./peers.ts";
import { lastLine } from "./process.ts";
import { median } from "./statistics.ts";
import type { Measurement, TaskCandidate } from "./task-candidates.ts";

/** What a program under test prints. */
interface Rate {
  readonly operations: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** What is told of a candidate. */
export interface RateResult {
  readonly measurement: string;
  readonly name: string;
  readonly describe: string;
  /** Operations in a second of processor time, of all threads: the figure that holds on a shared machine. */
  readonly perCpuSecond: number;
  readonly perSecond: number;
  /** The first candidate's rate, by processor time or by the clock as it is measured, divided by this one's: the median of the rounds'. */
  readonly firstRatio: number;
}

/** One thing, done by every candidate in turn, round by round, so that a change of the machine's speed meets all of them. */
export class TaskRounds {
  /** Candidates that have failed, and why; they take no further part. */
  readonly failed: Excuse[] = [];
  private readonly measurement: Measurement;
  private candidates: readonly TaskCandidate[];
  private readonly rounds: Map<string, Rate>[] = [];

  constructor(measurement: Measurement, candidates: readonly TaskCandidate[]) {
    this.measurement = measurement;
    this.candidates = candidates;
  }

  async run({ rounds, seconds }: BenchOptions): Promise<void> {
    for (let round = 1; round <= rounds; round++) {
      const measured = new Map<string, Rate>();
      this.rounds.push(measured);
      for (const candidate of this.candidates) {
        const name = `${this.measurement.name}: ${candidate.name}`;
        process.stderr.write(`round ${round} of ${rounds}, ${name}\n`);
        try {
          const command = [...candidate.command, String(seconds)];
          const processor = this.measurement.byClock ? null : 1;
          const line = await lastLine({ ...candidate, command, processor });
          measured.set(candidate.name, JSON.parse(line) as Rate);
        } catch (error) {
          this.failed.push({ name, reason: (error as Error).message });
        }
      }
      this.candidates = this.candidates.filter(({ name }) => measured.has(name));
    }
  }

  results(): RateResult[] {
    const first = this.measurement.candidates[0]!;
    return this.candidates.map(({ name, describe }) => ({
      measurement: this.measurement.name,
      name,
      describe,
      perCpuSecond: this.median(name, perCpuSecond),
      perSecond: this.median(name, perSecond),
      firstRatio: this.ratio(first.name, name),
    }));
  }

  /** Checks those bars of which all was measured. */
  check(): Check[] {
    return this.measurement.bars.flatMap((bar) => {
      const subject = `${this.measurement.name}: ${bar.name}`;
      if ("millionsAtLeast" in bar) {
        const millions = this.median(bar.name, perCpuSecond) / 1e6;
        if (Number.isNaN(millions)) return [];
        return checkAtLeast(`${subject}, million ${this.measurement.unit}/s`, millions, bar.millionsAtLeast);
      }
      const ratio = this.ratio(bar.name, bar.other);
      if (Number.isNaN(ratio)) return [];
      if ("timesAtLeast" in bar) return checkAtLeast(`${subject} / ${bar.other}`, ratio, bar.timesAtLeast);
      return checkAtMost(`${subject} / ${bar.other}`, ratio, bar.timesAtMost);
    });
  }

  private median(name: string, figure: (rate: Rate) => number): number {
    return this.has(name) ? median(this.rounds.map((round) => figure(round.get(name)!))) : Number.NaN;
  }

  /** The median of the rounds' ratios of two rates. NaN if one is missing. */
  private ratio(name: string, other: string): number {
    if (!this.has(name) || !this.has(other)) return Number.NaN;
    const rate = this.measurement.byClock ? perSecond : perCpuSecond;
    return median(this.rounds.map((round) => rate(round.get(name)!) / rate(round.get(other)!)));
  }

  private has(name: string): boolean {
    return this.candidates.some((candidate) => candidate.name === name);
  }
}

function perSecond({ operations, seconds }: Rate): number {
  return operations / seconds;
}

function perCpuSecond({ operations, cpuSeconds }: Rate): number {
  return operations / cpuSeconds;
}
