/** Numbers of 64 bits in C's structures, as two words of 32 bits; the lower one is first, as on x86 and arm64. */

const TWO_TO_32 = 4294967296;

/** @param value a whole number from 0 to 2^53 - 1 */
export function setUint64(words: Uint32Array, at: number, value: number): void {
  // The array keeps the lower 32 bits.
  words[at] = value;
  words[at + 1] = value / TWO_TO_32;
}

/** @returns the number, exact up to 2^53 - 1 */
export function getUint64(words: Uint32Array, at: number): number {
  return words[at]! + words[at + 1]! * TWO_TO_32;
}
