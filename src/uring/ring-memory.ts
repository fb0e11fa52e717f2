import { MAP_ANONYMOUS, MAP_POPULATE, MAP_SHARED, type Mapping, map, syscalls, unmap } from "../sys/index.ts";
import { IORING_OFF_SQ_RING, IORING_OFF_SQES } from "./constants.ts";
import { ENTRY_WORDS } from "./prepare.ts";

/** `struct io_uring_cqe` in 32-bit words: user data (low, high), result, flags. */
export const COMPLETION_WORDS = 4;

/** More than the kernel has in front of the completions. */
const HEADER_BYTES = 4096;

/** The memory of a ring. */
export interface RingMemory {
  /** Heads and tails, the completions, and maybe the array of submissions. */
  readonly rings: Mapping;
  /** The submission entries. */
  readonly sqes: Mapping;
}

/** The kernel's memory of a ring. Whoever has it mapped keeps the ring. Closes the ring if that fails. */
export function mapRing(fd: number, ringBytes: number, entries: number): RingMemory {
  const shared = MAP_SHARED | MAP_POPULATE;
  return mapBoth(
    () => map(ringBytes, shared, fd, IORING_OFF_SQ_RING),
    () => map(entries * ENTRY_WORDS * 4, shared, fd, IORING_OFF_SQES),
    () => syscalls.close(fd),
  );
}

/** Memory of the program's own for a ring. */
export function allocateRing(entries: number, completionEntries: number): RingMemory {
  const shared = MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE;
  return mapBoth(
    () => map(HEADER_BYTES + completionEntries * COMPLETION_WORDS * 4 + entries * 4, shared),
    () => map(entries * ENTRY_WORDS * 4, shared),
    () => {},
  );
}

function mapBoth(mapRings: () => Mapping, mapSqes: () => Mapping, failed: () => void): RingMemory {
  let rings: Mapping | undefined;
  try {
    rings = mapRings();
    return { rings, sqes: mapSqes() };
  } catch (error) {
    if (rings) unmap(rings);
    failed();
    throw error;
  }
}

export function releaseRing({ rings, sqes }: RingMemory): void {
  unmap(sqes);
  unmap(rings);
}
