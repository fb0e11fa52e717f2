import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { en } from "./en.ts";
import type { Words } from "./words.ts";
import { zh } from "./zh.ts";

export type { Words };

/** By the language's tag in BCP 47, as it stands in `<html lang>`. */
export const languages = { en, "zh-CN": zh };
export type Language = keyof typeof languages;

export const LanguageContext = createContext<Language>("en");

/** The words of the language that was chosen. */
export function useWords(): Words {
  return languages[useContext(LanguageContext)];
}
