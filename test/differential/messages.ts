/** What a runner tells the test. */
export type Message =
  | { readonly kind: "outcome"; readonly seed: number; readonly lines: readonly string[] }
  /** These programs ended, and something of theirs is still there: requests, timers, keep-alives, sockets. */
  | { readonly kind: "left behind"; readonly seeds: readonly number[]; readonly what: string }
  /** These programs do not end. */
  | { readonly kind: "hung"; readonly seeds: readonly number[]; readonly lines: readonly string[] };
