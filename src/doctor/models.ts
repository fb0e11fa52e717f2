import { chooseDriver, type Model, models, parseModel } from "../drivers/index.ts";
import type { SystemError } from "../sys/index.ts";
import { boundOf } from "./bounds.ts";
import type { Confinement } from "./confinement.ts";
import { missingOperations, requireEntering } from "./io-uring.ts";
import type { Limits } from "./limits.ts";
import { explainIoUringRefusal, explainRefusal } from "./refusal.ts";
import type { Finding, ModelFinding } from "./report.ts";

/** Tries every model. */
export function findModels(confinement: Confinement, limits: Limits): ModelFinding[] {
  return models.map((model) => {
    const bound = boundOf(model, limits);
    try {
      chooseDriver(model).driver.close();
      if (model === "io_uring") requireEntering();
      return {
        model,
        mark: "works",
        works: true,
        reason: "works here",
        remedy: null,
        cause: null,
        code: null,
        bound,
      };
    } catch (error) {
      return { model, mark: "missing", works: false, ...explain(model, error, confinement, limits), bound };
    }
  });
}

function explain(model: Model, error: unknown, confinement: Confinement, limits: Limits) {
  const refusal = error as SystemError;
  const explanation =
    model === "io_uring"
      ? explainIoUringRefusal(refusal, confinement, limits, missingOperations())
      : explainRefusal(refusal, limits);
  return { ...explanation, code: refusal.code };
}

/** What `auto` takes. */
export function findAuto(): { model: string | null; reason: string } {
  try {
    const { driver, reason } = chooseDriver("auto");
    driver.close();
    return { model: driver.model, reason };
  } catch (error) {
    return { model: null, reason: `nothing: ${(error as Error).message}` };
  }
}

/**
 * Whether what PENTIO_MODEL asks for can be had.
 *
 * @returns null if it asks for nothing
 */
export function findRequested(
  value: string | undefined,
  found: readonly ModelFinding[],
): (Finding & { value: string }) | null {
  if (!value) return null;
  try {
    const choice = parseModel(value, "the environment variable PENTIO_MODEL");
    const refused = found.find(({ model, works }) => model === choice && !works);
    if (!refused) return { value, mark: "works", reason: `programs get ${choice}`, remedy: null };
    const remedy = "unset PENTIO_MODEL, or set it to auto";
    return { value, mark: "missing", reason: `programs fail: ${choice} does not work here`, remedy };
  } catch (error) {
    const remedy = "unset PENTIO_MODEL, or set it to one of these";
    return { value, mark: "missing", reason: `programs fail: ${(error as Error).message}`, remedy };
  }
}
