/** What the reports of the commands share: the machine, numbers for people, colours on a terminal. */
export { describeMachine, type MachineDescription } from "./machine.ts";
export { count, decimal, median } from "./numbers.ts";
export { makePaint, type Paint } from "./paint.ts";
