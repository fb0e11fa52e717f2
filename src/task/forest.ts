import type { Task } from "./task.ts";

/** The trees of this thread that have not ended, by their roots, in the order in which they were started. */
export const forest = new Set<Task<unknown>>();
