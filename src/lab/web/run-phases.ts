import { probeModels } from "../../drivers/index.ts";
import { measurePhases } from "../phases/index.ts";
import type { PhasesRequest } from "./protocol.ts";
import type { Tell } from "./runs.ts";

/** Measures one read on each model, and tells its time lines as they come. */
export async function runPhases(
  setting: Required<PhasesRequest>,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  const probes = probeModels();
  for (const [done, { model, works, reason }] of probes.entries()) {
    tell({ type: "progress", model, connections: null, done, total: probes.length });
    if (!works) {
      tell({ type: "skipped", kind: "phases", model, reason });
      continue;
    }
    try {
      for await (const timeline of measurePhases({ ...setting, models: [model], signal })) {
        tell({ type: "phases", timeline });
      }
    } catch (error) {
      signal.throwIfAborted();
      tell({ type: "failed", kind: "phases", message: (error as Error).message, model });
    }
  }
}
