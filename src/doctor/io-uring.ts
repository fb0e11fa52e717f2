import { NEEDED_OPCODES } from "../drivers/index.ts";
import { systemError } from "../sys/index.ts";
import { prepareNop, supportedOpcodes } from "../uring/index.ts";
import { features, operationName } from "./features.ts";
import type { IoUringFindings } from "./report.ts";
import { withRing } from "./trial-ring.ts";

/** Tries the features one by one; null if no ring can be made. */
export function findIoUring(): IoUringFindings | null {
  return withRing((ring) => ({
    featureBits: ring.features,
    operations: supportedOpcodes(ring).size,
    features: features.map(({ isThere, ...feature }) => ({ ...feature, there: isThere(ring) })),
  }));
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
 * Submits a request that does nothing: a filter may allow rings to be made, and forbid their use.
 *
 * @throws the system's refusal of io_uring_enter
 */
export function requireEntering(): void {
  const result = withRing((ring) => {
    prepareNop(ring.entries, ring.nextEntry());
    return ring.enter();
  });
  if (result !== null && result < 0) throw systemError(result, "io_uring_enter");
}
