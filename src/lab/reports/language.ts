import { chinese } from "./chinese.ts";
import { english } from "./english.ts";
import type { Words } from "./words.ts";

export const LANGUAGES = ["en", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];

export const words: Readonly<Record<Language, Words>> = { en: english, zh: chinese };

/** The language that the environment asks for, of those that reports are in: by LC_ALL, LC_MESSAGES, LANG, as setlocale(3). */
export function usualLanguage(env: NodeJS.ProcessEnv): Language {
  const locale = env.LC_ALL || env.LC_MESSAGES || env.LANG || "";
  return locale.startsWith("zh") ? "zh" : "en";
}
