/** Size of a bulk write. */
export const CHUNK_BYTES = 65536;
/** The pattern that the load generator expects repeats itself after this many bytes. */
const PERIOD_BYTES = 251;

/**
 * Chunks which, written in turn, make the byte at each position equal to the position modulo 251. They are views of one
 * piece of memory, small enough to stay in the processor's cache, as in the C source.
 */
export function pattern(): Buffer[] {
  const bytes = Buffer.allocUnsafeSlow(CHUNK_BYTES + PERIOD_BYTES);
  for (let at = 0; at < bytes.length; at++) bytes[at] = at % PERIOD_BYTES;
  return Array.from({ length: PERIOD_BYTES }, (_, i) => {
    const start = (i * CHUNK_BYTES) % PERIOD_BYTES;
    return bytes.subarray(start, start + CHUNK_BYTES);
  });
}
