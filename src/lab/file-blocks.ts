import fs from "node:fs";

/** Enough for random places, little enough for the page cache of any machine. */
export const FILE_BYTES = 32 * 1024 * 1024;

/** Fills a block with what belongs at its place: 32-bit words that count on from there. */
export function fillBlock(block: Buffer, position: number): void {
  const words = new Uint32Array(block.buffer, block.byteOffset, block.length >> 2);
  for (let i = 0; i < words.length; i++) words[i] = (position >> 2) + i;
}

/** Whether a block has what belongs at its place. */
export function isRight(block: Buffer, position: number): boolean {
  const words = new Uint32Array(block.buffer, block.byteOffset, block.length >> 2);
  const first = position >> 2;
  for (let i = 0; i < words.length; i++) if (words[i] !== first + i) return false;
  return true;
}

/** Makes the file. */
export function makeFile(path: string): void {
  const whole = Buffer.alloc(FILE_BYTES);
  fillBlock(whole, 0);
  fs.writeFileSync(path, whole);
}
