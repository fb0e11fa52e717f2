import { chooseDriver, probeModels } from "../drivers/index.ts";
import { describeMachine } from "../reporting/index.ts";
import { Candidate } from "./candidate.ts";
import { contenderNamed, NODE_NET } from "./contenders.ts";
import { EchoContest } from "./echo-contest.ts";
import { choosePlacement } from "./machine.ts";
import type { LabOptions } from "./options.ts";
import type { Progress } from "./progress.ts";
import type { LabReport } from "./report.ts";

/** Enough for a median that one or two bad rounds do not move. */
const ROUNDS = 5;

/**
 * Compares models, round by round: all of them are measured once in each, so that what else the machine does while the
 * lab runs meets all of them.
 *
 * @param version Pentio's, for the report
 * @param signal stops everything; the promise is then rejected
 */
export async function runLab(
  { models, connections, size, seconds }: LabOptions,
  version: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<LabReport> {
  const { driver, reason } = chooseDriver("auto");
  driver.close();
  const loadModel = driver.model;
  const placement = choosePlacement();
  const report: LabReport = {
    pentio: version,
    ...describeMachine(),
    measuredAt: new Date().toISOString(),
    options: { models: [...models], connections, size, seconds },
    loadModel,
    pinned: placement,
    auto: { model: loadModel, reason },
    results: [],
    skipped: probeModels().flatMap((probe) =>
      probe.works || !models.includes(probe.model) ? [] : [{ model: probe.model, reason: probe.reason }],
    ),
    failed: [],
  };
  const contest = new EchoContest({ size, loadModel, placement, signal });
  const candidates = new Map<string, Candidate>();
  const attempt = async (model: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      signal.throwIfAborted();
      report.failed.push({ model, reason: (error as Error).message });
      candidates.delete(model);
    }
  };
  try {
    for (const model of models) {
      if (report.skipped.some((skipped) => skipped.model === model)) continue;
      progress.begin(model);
      progress.step("warming up");
      await attempt(model, async () => {
        const candidate = new Candidate(await contest.enter(contenderNamed(model)), connections);
        await candidate.warmUp(seconds);
        candidates.set(model, candidate);
      });
    }
    for (let round = 1; round <= ROUNDS; round++) {
      for (const [model, candidate] of candidates) {
        progress.begin(`[${round}/${ROUNDS}] ${model}`);
        progress.step(`measuring for ${seconds / ROUNDS} s`, seconds / ROUNDS);
        await attempt(model, () => candidate.measure(seconds / ROUNDS));
      }
    }
    for (const [model, candidate] of candidates) {
      progress.begin(model);
      progress.step("counting system calls");
      await attempt(model, () => candidate.countSystemCalls(seconds));
    }
  } finally {
    await contest.stop();
  }
  report.results = [...candidates.values()].map(({ result }) => result);
  compareWithNodeNet(report);
  return report;
}

function compareWithNodeNet({ results }: LabReport): void {
  const baseline = results.find(({ model }) => model === NODE_NET);
  if (!baseline) return;
  for (const result of results) result.cpuRatioToNodeNet = result.cpuUsPerRequest / baseline.cpuUsPerRequest;
}
