import { runMicrotasks } from "../sys/index.ts";

let wanted = false;

/** Says that an `await` was answered: what goes on behind it should do so in this round. */
export function wantMicrotasks(): void {
  wanted = true;
}

/** Runs Node's microtasks if somebody wants them. Running them for nobody costs more than a whole request may. */
export function runWantedMicrotasks(): void {
  if (!wanted) return;
  wanted = false;
  runMicrotasks();
}
