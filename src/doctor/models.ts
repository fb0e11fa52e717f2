import { chooseDriver, type Model, models, parseModel } from "../drivers/index.ts";
import type { SystemError } from "../sys/index.ts";
import { boundOf } from "./bounds.ts";
import type { Confinement } from "./confinement.ts";
import { missingOperations, requireEntering } from "./io-uring.ts";
import type { Limits } from "./limits.ts";
import { explainIoUringRefusal, explainRefusal } from "./refusal.ts";
import type { AutoFinding, Finding, ModelFinding } from "./report.ts";

const BEST: Model = "io_uring";

/** Tries every model. */
export function findModels(confinement: Confinement, limits: Limits): ModelFinding[] {
  return models.map((model) => {
    try {
      chooseDriver(model).driver.close();
      if (model === BEST) requireEntering();
      return {
        model,
        mark: "works",
        works: true,
        reason: "works here",
        remedy: null,
        cause: null,
        code: null,
        bound: boundOf(model, limits),
      };
    } catch (error) {
      return {
        model,
        mark: "missing",
        works: false,
        ...explain(model, error, confinement, limits),
        bound: null,
      };
    }
  });
}

function explain(model: Model, error: unknown, confinement: Confinement, limits: Limits) {
  const refusal = error as SystemError;
  const explanation =
    model === BEST
      ? explainIoUringRefusal(refusal, confinement, limits, missingOperations())
      : explainRefusal(refusal, confinement, limits);
  return { ...explanation, code: refusal.code ?? null };
}

/**
 * What `auto` takes, and whether that is good.
 *
 * @param found all models
 */
export function findAuto(found: readonly ModelFinding[]): AutoFinding {
  try {
    const { driver, reason } = chooseDriver("auto");
    driver.close();
    return judgeChoice(driver.model, reason, found);
  } catch (error) {
    const reason = `it finds no model: ${(error as Error).message}`;
    return { model: null, mark: "missing", reason, remedy: askByName(found) };
  }
}

function judgeChoice(model: Model, reason: string, found: readonly ModelFinding[]): AutoFinding {
  const refused = found.find((finding) => finding.model === BEST && !finding.works);
  if (model === refused?.model) {
    const reason = "it can be made, and does not work";
    return { model, mark: "missing", reason, remedy: askByName(found) };
  }
  const why = refused ? `${BEST}, which is preferred, does not work here (${refused.cause})` : reason;
  return { model, mark: "works", reason: why, remedy: null };
}

function askByName(found: readonly ModelFinding[]): string | null {
  const working = found.filter(({ works }) => works).map(({ model }) => model);
  return working.length > 0 ? `set PENTIO_MODEL to a model that works: ${working.join(", ")}` : null;
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
