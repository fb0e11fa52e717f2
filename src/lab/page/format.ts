import { useContext } from "preact/hooks";
import { LanguageContext } from "./words/index.ts";

export interface Formats {
  /** A number with three significant digits, and all of those before the point. */
  readonly number: (value: number) => string;
  /** A time in the unit that suits it. */
  readonly time: (us: number) => string;
}

/** How the reader's language writes numbers and times. */
export function useFormats(): Formats {
  const language = useContext(LanguageContext);
  const number = (value: number) => {
    const digits = Math.abs(value) >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 };
    return value.toLocaleString(language, digits);
  };
  const time = (us: number) => (Math.abs(us) < 1000 ? `${number(us)} µs` : `${number(us / 1000)} ms`);
  return { number, time };
}
