/** A number and what it counts: `1 byte`, `2,000 bytes`. */
export function count(number: number, noun: string): string {
  return `${decimal(number, 0)} ${noun}${number === 1 ? "" : "s"}`;
}

/** A number with separators; a dash for one that is not known. */
export function decimal(value: number | null, digits: number): string {
  if (value === null) return "–";
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The middle value; of an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
