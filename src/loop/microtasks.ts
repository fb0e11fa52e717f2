import { runMicrotasks as runNodesMicrotasks } from "../sys/index.ts";
import { beginMessages, endMessage } from "./message-clock.ts";

let wanted = false;

/** Says that an `await` was answered: what goes on behind it should do so in this round. */
export function wantMicrotasks(): void {
  wanted = true;
}

/** Runs what is in Node's nextTick and microtask queues: async functions go on. */
export function runMicrotasks(): void {
  beginMessages();
  runNodesMicrotasks();
  endMessage("microtasks", null);
}

/** Runs Node's microtasks if somebody wants them. Running them for nobody costs more than a whole request may. */
export function runWantedMicrotasks(): void {
  if (!wanted) return;
  wanted = false;
  runMicrotasks();
}
