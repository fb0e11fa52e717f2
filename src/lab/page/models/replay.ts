/** How long a replay takes: first the whole read, then its magnified end. */
export const replayMs = { first: 4000, second: 3000 };
