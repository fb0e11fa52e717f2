import { examine } from "../../doctor/index.ts";
import type { Machine } from "./protocol.ts";

/** What `pentio doctor` finds here, as much of it as the page shows. */
export async function findMachine(version: string): Promise<Machine> {
  const { pentio, node, kernel, architecture, machine, models, auto } = await examine(version);
  return {
    pentio,
    node,
    kernel,
    architecture,
    machine,
    models: models.map(({ model, works, reason, remedy, bound }) => ({
      model,
      works,
      reason,
      remedy,
      bound,
    })),
    auto: { model: auto.model, reason: auto.reason },
  };
}
