/** Random programs of tasks as plain data: fast-check makes them, shrinks them and prints them. */
import fc from "fast-check";

/** How an operation takes its end: at once, after a while, not at all (its result comes), or with an error. */
export type Manner = "obedient" | "slow" | "late" | "failing";

/** An operation that has its result after so many ticks; after none at once, after null never. */
export interface Wait {
  readonly ticks: number | null;
  readonly manner: Manner;
}

/** What a task does, and then, in its `finally` block, how it cleans up. */
export interface Body {
  readonly steps: readonly Step[];
  readonly cleanUp: readonly CleanUp[];
}

/** What is waited for in a combination: an operation, a coroutine, or a child that was spawned before. */
export type Member =
  | { readonly kind: "wait" | "shield"; readonly wait: Wait }
  | { readonly kind: "body"; readonly body: Body }
  | { readonly kind: "child"; readonly which: number };

export type Combination = "race" | "all" | "any" | "allSettled";

export type Step =
  | { readonly does: "wait" | "shield"; readonly wait: Wait }
  | { readonly does: "spawn" | "inline" | "scope" | "retry" | "shieldBody"; readonly body: Body }
  | { readonly does: "timeout"; readonly delayMs: number; readonly member: Member }
  | { readonly does: "combine"; readonly by: Combination; readonly members: readonly Member[] }
  | { readonly does: "join"; readonly which: number }
  | { readonly does: "cancel"; readonly which: number; readonly waits: boolean }
  | { readonly does: "fail" };

/** A shield in clean-up has a child of its own, and finishes whatever happens. */
export type CleanUp =
  | { readonly does: "wait" | "shield" | "shieldFamily"; readonly wait: Wait }
  | { readonly does: "fail" };

/** A tree, and who is cancelled from outside after how many ticks. The root may be cancelled by a signal. */
export interface Program {
  readonly root: Body;
  readonly cancellations: readonly { readonly tick: number; readonly which: number }[];
  readonly abortTick: number | null;
}

const manner = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Manner>("obedient") },
  { weight: 2, arbitrary: fc.constantFrom<Manner>("slow", "late") },
  { weight: 1, arbitrary: fc.constant<Manner>("failing") },
);
const wait: fc.Arbitrary<Wait> = fc.record({ ticks: fc.nat(6), manner });
const forever = fc.constant<Wait>({ ticks: null, manner: "obedient" });
const which = fc.nat(30);

const cleanUp: fc.Arbitrary<CleanUp> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant("wait" as const), wait }) },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constantFrom("shield" as const, "shieldFamily" as const), wait }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("fail" as const) }) },
);

/** Deeper there is only what has nothing below it: the first that is named. */
const depth = { maxDepth: 4, depthIdentifier: "tree", depthSize: "max" } as const;

const { body } = fc.letrec<{ body: Body; step: Step; member: Member }>((tie) => ({
  member: fc.oneof(
    depth,
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("wait" as const, "shield" as const), wait }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("wait" as const), wait: forever }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("child" as const), which }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("body" as const), body: tie("body") }) },
  ),
  step: fc.oneof(
    depth,
    { weight: 5, arbitrary: fc.record({ does: fc.constantFrom("wait" as const, "shield" as const), wait }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant("wait" as const), wait: forever }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant("join" as const), which }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant("cancel" as const), which, waits: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant("fail" as const) }) },
    {
      weight: 9,
      arbitrary: fc.record({
        does: fc.constantFrom(
          "spawn" as const,
          "spawn" as const,
          "inline" as const,
          "scope" as const,
          "retry" as const,
          "shieldBody" as const,
        ),
        body: tie("body"),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        does: fc.constant("timeout" as const),
        delayMs: fc.constantFrom(0, 1, 1e6),
        member: tie("member"),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        does: fc.constant("combine" as const),
        by: fc.constantFrom<Combination>("race", "all", "any", "allSettled"),
        members: fc.array(tie("member"), { minLength: 1, maxLength: 3, size: "max" }),
      }),
    },
  ),
  body: fc.record({
    steps: fc.array(tie("step"), { maxLength: 8, size: "max" }),
    cleanUp: fc.array(cleanUp, { maxLength: 2, size: "max" }),
  }),
}));

export const program: fc.Arbitrary<Program> = fc.record({
  root: body,
  cancellations: fc.array(fc.record({ tick: fc.integer({ min: 1, max: 15 }), which }), { maxLength: 3 }),
  abortTick: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(15) }),
});
