import type { RunKind } from "./protocol.ts";
import { parseCompareRequest, parsePhasesRequest, requireKnown } from "./requests.ts";
import { runComparison } from "./run-comparison.ts";
import { runKettles } from "./run-kettles.ts";
import { runPhases } from "./run-phases.ts";
import type { Work } from "./runs.ts";

/** What each kind of run does, by a request's body. @throws RefusedRequest */
export const WORKS: Readonly<Record<RunKind, (body: Record<string, unknown>) => Work>> = {
  phases: (body) => {
    const setting = parsePhasesRequest(body);
    return (tell, signal) => runPhases(setting, tell, signal);
  },
  compare: (body) => {
    const setting = parseCompareRequest(body);
    return (tell, signal) => runComparison(setting, tell, signal);
  },
  kettles: (body) => {
    requireKnown(body, []);
    return runKettles;
  },
};
