import type { Timeline } from "../phases/timeline.ts";
import type { Bound, LabEvent, RunKind, Sample } from "../web/protocol.ts";

/** One server under one number of connections: its figures, or why there are none. */
export interface Measured {
  readonly model: string;
  readonly connections: number;
  readonly sample: Sample;
}

/** Why something has no figures. `connections` is null if it has none at all. */
export interface Missing {
  readonly model: string;
  readonly connections: number | null;
  /** What bounds it, or what the lab says that is in the way. */
  readonly reason: Bound | string;
}

/** What a kettle's program printed. Milliseconds since its first line. */
export interface KettleLine {
  readonly kettle: number;
  readonly line: string;
  readonly atMs: number;
}

/** What happens at the moment. */
export type Progress = Extract<LabEvent, { type: "progress" }>;

/** The last run of a kind: what it has brought so far, and which of it failed. */
interface Results<T> {
  /** 0: there was none. */
  readonly run: number;
  readonly items: readonly T[];
  readonly missing: readonly Missing[];
}

/** All that the lab has told this page. */
export interface LabState {
  readonly phases: Results<Timeline>;
  readonly compare: Results<Measured>;
  readonly kettles: Results<KettleLine>;
  readonly progress: Progress | null;
  /** Runs that begin when what runs now has ended. */
  readonly waiting: readonly { readonly run: number; readonly kind: RunKind }[];
  /** Why the last run ended early. */
  readonly failure: string | null;
}

const nothing = { run: 0, items: [], missing: [] };

/** Before the first event. */
export const nothingYet: LabState = {
  phases: nothing,
  compare: nothing,
  kettles: nothing,
  progress: null,
  waiting: [],
  failure: null,
};

/** The state after an event. What an older run of the same kind left behind is passed over. */
export function receive(before: LabState, event: LabEvent): LabState {
  const state = { ...before, waiting: before.waiting.filter(({ run }) => run !== event.run) };
  switch (event.type) {
    case "phases":
      return replaceTimeline(state, event.run, event.timeline);
    case "sample":
      return add(state, "compare", event.run, event);
    case "kettle":
      return add(state, "kettles", event.run, event);
    case "bounded":
      return miss(state, "compare", event.run, event.model, event.bound, event.connections);
    case "skipped":
      return miss(state, event.kind, event.run, event.model, event.reason);
    case "waiting":
      return { ...state, waiting: [...state.waiting, { run: event.run, kind: event.kind }] };
    case "progress":
      return { ...state, progress: event, failure: null };
    case "done":
      return ended(state, event.run);
    case "failed":
      if (event.model === undefined) return { ...ended(state, event.run), failure: event.message };
      return miss(state, event.kind, event.run, event.model, event.message);
  }
}

/** The time line takes the place of the one of the run before, so that the page does not jump. */
function replaceTimeline(state: LabState, run: number, timeline: Timeline): LabState {
  const results = resultsOf(state, "phases", run);
  if (!results) return state;
  const others = results.items.filter(
    ({ model, form }) => model !== timeline.model || form !== timeline.form,
  );
  return { ...state, phases: { ...results, items: [...others, timeline] } };
}

function add<K extends "compare" | "kettles">(
  state: LabState,
  kind: K,
  run: number,
  item: LabState[K]["items"][number],
): LabState {
  const results = resultsOf(state, kind, run);
  return results ? { ...state, [kind]: { ...results, items: [...results.items, item] } } : state;
}

function miss(
  state: LabState,
  kind: RunKind,
  run: number,
  model: string,
  reason: Missing["reason"],
  connections: number | null = null,
): LabState {
  const results = resultsOf(state, kind, run);
  if (!results) return state;
  const changed = { ...results, missing: [...results.missing, { model, connections, reason }] };
  if (kind !== "phases") return { ...state, [kind]: changed };
  // What an earlier run measured of it is no longer so.
  const items = state.phases.items.filter((timeline) => timeline.model !== model);
  return { ...state, phases: { ...changed, items } };
}

/**
 * What a run has brought so far; nothing if another has taken its place. Time lines of the run before stay until their model has been
 * measured again.
 */
function resultsOf<K extends RunKind>(state: LabState, kind: K, run: number): LabState[K] | undefined {
  const results = state[kind];
  if (run < results.run) return undefined;
  if (run === results.run) return results;
  return { ...results, ...(kind === "phases" ? { missing: [] } : nothing), run };
}

function ended(state: LabState, run: number): LabState {
  return state.progress?.run === run ? { ...state, progress: null } : state;
}
