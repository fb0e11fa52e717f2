import { NEEDED_OPCODES } from "../drivers/index.ts";
import { systemError } from "../sys/index.ts";
import { prepareNop, type Ring, supportedOpcodes } from "../uring/index.ts";
import { features, operationName } from "./features.ts";
import type { IoUringFindings } from "./report.ts";
import { withRing } from "./trial-ring.ts";

/** Tries the features one by one; null if no ring can be made, or none can be used. */
export function findIoUring(): IoUringFindings | null {
  return withRing((ring) => {
    const operations = supportedOpcodes(ring).size;
    if (operations === 0 || enterRing(ring) < 0) return null;
    return {
      featureBits: ring.features,
      operations,
      features: features.map(({ isThere, ...feature }) => ({ ...feature, there: isThere(ring) })),
    };
  });
}

/** The operations that the driver needs and the kernel lacks; null if the kernel cannot be asked. */
export function missingOperations(): string[] | null {
  return withRing((ring) => {
    const supported = supportedOpcodes(ring);
    if (supported.size === 0) return null;
    return NEEDED_OPCODES.filter((opcode) => !supported.has(opcode)).map(operationName);
  });
}

/**
 * A filter may allow rings to be made, and forbid their use.
 *
 * @throws the system's refusal of io_uring_enter
 */
export function requireEntering(): void {
  const result = withRing(enterRing);
  if (result !== null && result < 0) throw systemError(result, "io_uring_enter");
}

/** Submits a request that does nothing. @returns -errno if that is refused */
function enterRing(ring: Ring): number {
  prepareNop(ring.entries, ring.nextEntry());
  return ring.enter();
}
