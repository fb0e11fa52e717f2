/** What works on this machine, kernel and container, what does not, why, and what helps. */
export { doctorCommand } from "./command.ts";
export { examine } from "./examination.ts";
export { readLimits } from "./limits.ts";
