import { chooseDriver, probeModels } from "../drivers/index.ts";
import { describeMachine } from "../reporting/index.ts";
import { choosePlacement } from "./machine.ts";
import { measure } from "./measure.ts";
import { type LabOptions, NODE_NET } from "./options.ts";
import type { Progress } from "./progress.ts";
import type { Contender, LabReport } from "./report.ts";

/** The echo server of a model, or of node:net. */
function contenderNamed(name: string): Contender {
  return name === NODE_NET
    ? { name, program: new URL("./node-echo-server.js", import.meta.url), args: [] }
    : { name, program: new URL("./echo-server.js", import.meta.url), args: [name] };
}

/**
 * Compares models, one after the other.
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
  const probes = probeModels();
  const { driver, reason } = chooseDriver("auto");
  driver.close();
  const workload = { connections, size, seconds };
  const report: LabReport = {
    pentio: version,
    ...describeMachine(),
    options: { models: [...models], ...workload },
    loadModel: driver.model,
    pinned: choosePlacement(),
    auto: { model: driver.model, reason },
    results: [],
    skipped: [],
    failed: [],
  };
  const setting = { ...workload, loadModel: driver.model, placement: report.pinned, progress, signal };
  for (const [index, model] of models.entries()) {
    progress.begin(`[${index + 1}/${models.length}] ${model}`);
    const probe = probes.find((probe) => probe.model === model);
    if (probe && !probe.works) {
      report.skipped.push({ model, reason: probe.reason });
      continue;
    }
    try {
      report.results.push(await measure(contenderNamed(model), setting));
    } catch (error) {
      signal.throwIfAborted();
      report.failed.push({ model, reason: (error as Error).message });
    }
  }
  compareWithNodeNet(report);
  return report;
}

function compareWithNodeNet({ results }: LabReport): void {
  const baseline = results.find(({ model }) => model === NODE_NET);
  if (!baseline) return;
  for (const result of results) result.cpuRatioToNodeNet = result.cpuUsPerRequest / baseline.cpuUsPerRequest;
}
