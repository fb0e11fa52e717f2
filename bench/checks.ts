/** A bar that the project sets itself, and whether what was measured keeps it. */
export interface Check {
  readonly bar: string;
  readonly ratio: number;
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly holds: boolean;
}

/** The check of a figure that is the better the smaller it is. */
export function checkAtMost(bar: string, ratio: number, atMost: number): Check {
  return { bar, ratio, atMost, holds: ratio <= atMost };
}

/** The check of a figure that is the better the larger it is. */
export function checkAtLeast(bar: string, ratio: number, atLeast: number): Check {
  return { bar, ratio, atLeast, holds: ratio >= atLeast };
}

/** One line for each bar. */
export function printChecks(checks: readonly Check[]): void {
  for (const { bar, ratio, atMost, atLeast, holds } of checks) {
    const bound = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
    console.log(`${holds ? "holds" : "FAILS"}  ${bar}: ${ratio.toFixed(3)}, ${bound}`);
  }
}
