import { addressOf, syscalls } from "../sys/index.ts";
import { IO_URING_OP_SUPPORTED, IORING_REGISTER_PROBE } from "./constants.ts";
import type { Ring } from "./ring.ts";

/** Opcodes that the answer has room for; the kernel has some sixty. */
const PROBE_OPERATIONS = 256;
const PROBE_HEADER_BYTES = 16;
const PROBE_OPERATION_BYTES = 8;

/** The opcodes that this kernel knows (io_uring_get_probe(3), Linux 5.6); none if it cannot tell. */
export function supportedOpcodes(ring: Ring): ReadonlySet<number> {
  const bytes = Buffer.allocUnsafeSlow(PROBE_HEADER_BYTES + PROBE_OPERATIONS * PROBE_OPERATION_BYTES).fill(0);
  const result = syscalls.ioUringRegister(ring.fd, IORING_REGISTER_PROBE, addressOf(bytes), PROBE_OPERATIONS);
  const opcodes = new Set<number>();
  if (result < 0) return opcodes;
  for (let i = 0; i < bytes[1]!; i++) {
    const at = PROBE_HEADER_BYTES + i * PROBE_OPERATION_BYTES;
    if ((bytes.readUInt16LE(at + 2) & IO_URING_OP_SUPPORTED) !== 0) opcodes.add(bytes[at]!);
  }
  return opcodes;
}
