import {
  chooseDriver,
  type Model,
  type ModelChoice,
  modelFromEnvironment,
  parseModel,
} from "../drivers/index.ts";
import { Loop } from "./loop.ts";

/** This thread's loops, by model. Nearly always there is one. */
const loops = new Map<Model, Loop>();
/** The one that is meant where none is named. */
let defaultLoop: Loop | undefined;
/** What `auto` has chosen; the choice is made once. */
let bestLoop: Loop | undefined;

/**
 * This thread's loop for a model, made on first use. Without a model, the one that PENTIO_MODEL asks for, or else the
 * best that works here.
 */
export function loopFor(model?: ModelChoice): Loop {
  if (model === undefined) {
    defaultLoop ??= loopOf(modelFromEnvironment());
    return defaultLoop;
  }
  return loopOf(parseModel(model, "the option model"));
}

/** Whether something that is waited for may still happen on a loop of this thread. */
export function canLoopsWake(): boolean {
  return [...loops.values()].some((loop) => !loop.isQuiet);
}

function loopOf(choice: ModelChoice): Loop {
  const present = choice === "auto" ? bestLoop : loops.get(choice);
  const loop = present ?? makeLoop(choice);
  if (choice === "auto") bestLoop = loop;
  return loop;
}

function makeLoop(choice: ModelChoice): Loop {
  const { driver, reason } = chooseDriver(choice);
  const same = loops.get(driver.model);
  if (same) {
    driver.close();
    return same;
  }
  try {
    const loop = new Loop(driver, reason);
    loops.set(driver.model, loop);
    return loop;
  } catch (error) {
    driver.close();
    throw error;
  }
}
