import { useEffect, useState } from "preact/hooks";
import { type Language, languages } from "./words/index.ts";

export const themes = ["auto", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

export interface Settings {
  readonly language: Language;
  readonly theme: Theme;
  readonly setLanguage: (language: Language) => void;
  readonly setTheme: (theme: Theme) => void;
}

/** What the reader has chosen, remembered by the browser; at first, the browser's own language and theme. */
export function useSettings(): Settings {
  const [language, setLanguage] = useRemembered(
    "language",
    Object.keys(languages) as Language[],
    preferred(),
  );
  const [theme, setTheme] = useRemembered("theme", themes, "auto");
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = `Pentio: ${languages[language].title}`;
  }, [language]);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  return { language, theme, setLanguage, setTheme };
}

function preferred(): Language {
  return navigator.language.startsWith("zh") ? "zh-CN" : "en";
}

function useRemembered<T extends string>(key: string, choices: readonly T[], otherwise: T) {
  const [value, setValue] = useState(
    () => choices.find((choice) => choice === localStorage.getItem(key)) ?? otherwise,
  );
  const remember = (value: T) => {
    localStorage.setItem(key, value);
    setValue(value);
  };
  return [value, remember] as const;
}
