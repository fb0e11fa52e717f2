/**
 * The I/O models compared on real work: an echo server on each, under the same load, every byte checked; and the two phases of one
 * read on each, as data.
 */
export { labCommand } from "./command.ts";
export {
  type Form,
  measurePhases,
  type PhasesOptions,
  type Stretch,
  type ThreadState,
  type Timeline,
  type TracedCall,
} from "./phases/index.ts";
