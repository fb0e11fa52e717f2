import { usableProcessors } from "../sys/index.ts";
import type { Settings } from "./options.ts";

/** The processor that a slot's process is bound to: they take turns. Undefined: to none. */
export function processorOf(slot: number, { affinity }: Settings): number | undefined {
  if (!affinity) return undefined;
  const usable = usableProcessors();
  return usable[slot % usable.length];
}
