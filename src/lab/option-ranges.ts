/** What the options of `pentio lab` may be, and what is meant where they are not given. */
export const DEFAULTS = { connections: 64, size: 64, seconds: 1.5 };
export const MAXIMA = { connections: 10_000, size: 1024 * 1024, seconds: 60 };
export const SECONDS_MIN = 0.1;
/** Bytes of a block of a file. */
export const FILE_SIZE = 4096;
/** A fixed one, so that the page has the same address when the lab is started again. */
export const PORT = { min: 1, max: 65_535, usual: 7357 };
