/** The I/O models compared on real work: an echo server on each, under the same load, every byte checked. */
export { labCommand } from "./command.ts";
