/** Tasks that do nothing: begun, run and ended. */
import { run, spawn } from "pentio";

function* nothing() {}

/** The parent goes on beginning tasks, has to let others run now and then, and ends when the last of them has ended. */
export function spawning(count: number) {
  return run(function* parent() {
    for (let i = 0; i < count; i++) yield* spawn(nothing);
  });
}

/** As {@link spawning}, each with a function of its own, as it stands in most programs. */
export function inline(count: number) {
  return run(function* parent() {
    for (let i = 0; i < count; i++) yield* spawn(function* () {});
  });
}

/** The parent waits for the end of each before it begins the next. */
export function joining(count: number) {
  return run(function* parent() {
    for (let i = 0; i < count; i++) yield* yield* spawn(nothing);
  });
}
