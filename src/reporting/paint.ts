/** Marks text for a terminal; leaves it alone where there is none. */
export type Paint = (style: keyof typeof STYLES, text: string) => string;

const STYLES = { bold: 1, red: 31, green: 32, yellow: 33 };

/** Colours for a stream that shows them, unless the user wants none (NO_COLOR). */
export function makePaint(stream: NodeJS.WriteStream): Paint {
  const coloured = stream.isTTY && !process.env.NO_COLOR;
  return (style, text) => (coloured ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text);
}
