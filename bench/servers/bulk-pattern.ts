/** Size of a bulk write. */
const CHUNK_BYTES = 65536;
/** The pattern that the load generator expects repeats itself after this many bytes. */
const PERIOD_BYTES = 251;

/** Chunks which, written in turn, make the byte at each position equal to the position modulo 251. */
export function pattern(): Buffer[] {
  return Array.from({ length: PERIOD_BYTES }, (_, i) => {
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    for (let at = 0; at < CHUNK_BYTES; at++) chunk[at] = (i * CHUNK_BYTES + at) % PERIOD_BYTES;
    return chunk;
  });
}
