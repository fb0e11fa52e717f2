/** The book's two phases of a read, measured on each model. */
export { measurePhases, PHASES_BOUNDS, type PhasesOptions } from "./measure-phases.ts";
export { blockedIn, copyingCall, formatUs, nameOf } from "./phase-words.ts";
export { allWasMeasured, type PhasesReport, reportPhases } from "./phases-report.ts";
export { formatPhases } from "./phases-text.ts";
export type { Form, Stretch, ThreadState, Timeline, TracedCall } from "./timeline.ts";
