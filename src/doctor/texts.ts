import { readFileSync } from "node:fs";

/** A file's text without the white space around it; null if it cannot be read. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}

/** A field of the form that /proc/self/status has; null without it. */
export function fieldOf(text: string | null, name: string): string | null {
  return new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(text ?? "")?.[1] ?? null;
}
