import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { useMedia } from "./use-media.ts";
import { type Language, languages } from "./words/index.ts";

export const themes = ["auto", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

export interface Settings {
  readonly language: Language;
  readonly theme: Theme;
  /** The theme that is shown, by the system if the reader leaves it to that. */
  readonly shownTheme: Exclude<Theme, "auto">;
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
    const { colon, title } = languages[language];
    document.title = `Pentio${colon}${title}`;
  }, [language]);
  const prefersDark = useMedia("(prefers-color-scheme: dark)");
  // Before the charts compute their colours.
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  const shownTheme = theme === "auto" ? (prefersDark ? "dark" : "light") : theme;
  return { language, theme, shownTheme, setLanguage, setTheme };
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
