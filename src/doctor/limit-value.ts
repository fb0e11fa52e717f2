import { decimal } from "../reporting/index.ts";
import type { LimitValue } from "./report.ts";

/** A limit as /proc writes it: a number, or `unlimited` or `max`. */
export function parseLimit(text: string | null | undefined): LimitValue {
  if (text === "unlimited" || text === "max") return "unlimited";
  return text && /^\d+$/.test(text) ? Number(text) : null;
}

/** The lower one; one that is not known does not count. */
export function lower(a: LimitValue, b: LimitValue): LimitValue {
  if (a === null || b === null) return a ?? b;
  return Math.min(asNumber(a), asNumber(b)) === asNumber(a) ? a : b;
}

/** Whether a limit is known to be lower than that. */
export function isBelow(limit: LimitValue, least: number): boolean {
  return limit !== null && asNumber(limit) < least;
}

function asNumber(limit: number | "unlimited"): number {
  return limit === "unlimited" ? Number.POSITIVE_INFINITY : limit;
}

/** A limit for people. */
export function limitText(limit: LimitValue): string {
  if (limit === null) return "unknown";
  return limit === "unlimited" ? limit : decimal(limit, 0);
}

/** A limit in bytes for people. */
export function bytesText(limit: LimitValue): string {
  return typeof limit === "number" ? `${decimal(limit / 1024, 0)} KiB` : limitText(limit);
}
