/** The book's two phases of a read, measured on each model. */
export { measurePhases, type PhasesOptions } from "./measure-phases.ts";
export type { Stretch, ThreadState, Timeline, TracedCall } from "./timeline.ts";
