/** A number and what it counts: `1 byte`, `2,000 bytes`. */
export function count(number: number, noun: string): string {
  return `${decimal(number, 0)} ${noun}${number === 1 ? "" : "s"}`;
}

/** A number with separators; a dash for one that is not known. */
export function decimal(value: number | null, digits: number): string {
  if (value === null) return "–";
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
