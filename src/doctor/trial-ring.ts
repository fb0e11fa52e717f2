import { Ring } from "../uring/index.ts";

const ENTRIES = 8;

/**
 * Gives a small ring to a function, and closes it afterwards.
 *
 * @param flags IORING_SETUP_ flags
 * @returns what the function returns; null if the kernel refuses the ring
 */
export function withRing<T>(use: (ring: Ring) => T, flags = 0): T | null {
  let ring: Ring;
  try {
    ring = new Ring({ entries: ENTRIES, completionEntries: 2 * ENTRIES, flags });
  } catch {
    return null;
  }
  try {
    return use(ring);
  } finally {
    ring.close();
  }
}
