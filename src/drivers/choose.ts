import type { SystemError } from "../sys/index.ts";
import { AioDriver, explainRefusal, IoUringDriver } from "./asynchronous/index.ts";
import { BlockingDriver } from "./blocking/index.ts";
import type { Driver, Model } from "./driver.ts";
import { EpollDriver, PollDriver, SelectDriver } from "./multiplexing/index.ts";
import { NonblockingDriver } from "./nonblocking/index.ts";
import { blockingOptions, fileOptions, nonblockingOptions } from "./options.ts";
import { SignalDriver } from "./signal-driven/index.ts";

/** What a program may ask for: a model by name, or the best that works here. */
export type ModelChoice = Model | "auto";

const makers: Record<Model, () => Driver> = {
  blocking: () => new BlockingDriver(blockingOptions()),
  nonblocking: () => new NonblockingDriver(nonblockingOptions(), fileOptions()),
  select: () => new SelectDriver(fileOptions()),
  poll: () => new PollDriver(fileOptions()),
  epoll: () => new EpollDriver(fileOptions()),
  signal: () => new SignalDriver(fileOptions()),
  aio: () => new AioDriver(),
  io_uring: () => new IoUringDriver({}, fileOptions()),
};

/** Every model, in the order of the book. */
export const models = Object.keys(makers) as Model[];

/** A driver, and why it is this one. */
export interface ChosenDriver {
  readonly driver: Driver;
  /** One sentence for people: what was chosen and, if something better was not, why. */
  readonly reason: string;
}

/**
 * Checks a name for a model.
 *
 * @param source where the name came from, for the message
 * @throws ERR_INVALID_ARG_VALUE for an unknown one
 */
export function parseModel(name: string, source: string): ModelChoice {
  if (name === "auto" || (models as readonly string[]).includes(name)) return name as ModelChoice;
  const known = ["auto", ...models].join(", ");
  const error = new TypeError(`Unknown I/O model "${name}" in ${source}; the models are ${known}`);
  throw Object.assign(error, { code: "ERR_INVALID_ARG_VALUE" });
}

/** What the environment asks for by PENTIO_MODEL; `auto` if it does not. */
export function modelFromEnvironment(): ModelChoice {
  const name = process.env.PENTIO_MODEL;
  return name === undefined || name === ""
    ? "auto"
    : parseModel(name, "the environment variable PENTIO_MODEL");
}

/**
 * Makes the driver that was asked for.
 *
 * @throws the system's refusal, with what to do about it, if a model was asked for by name and does not work here
 */
export function chooseDriver(choice: ModelChoice): ChosenDriver {
  if (choice !== "auto") return { driver: makeNamed(choice), reason: `${choice} was asked for` };
  try {
    return { driver: makers.io_uring(), reason: "io_uring works here and is the fastest" };
  } catch (error) {
    return { driver: makers.epoll(), reason: explainRefusal(error as SystemError) };
  }
}

/** The models that work on this machine, and why the others do not. */
export function probeModels(): { model: Model; works: boolean; reason: string }[] {
  return models.map((model) => {
    try {
      makers[model]().close();
      return { model, works: true, reason: "works here" };
    } catch (error) {
      return { model, works: false, reason: refusalReason(model, error as SystemError) };
    }
  });
}

function refusalReason(model: Model, error: SystemError): string {
  return model === "io_uring" ? explainRefusal(error) : `${model} does not work here: ${error.message}`;
}

function makeNamed(model: Model): Driver {
  try {
    return makers[model]();
  } catch (error) {
    if (model !== "io_uring") throw error;
    const refusal = error as SystemError;
    refusal.message = `${refusal.message}: ${explainRefusal(refusal)}; choose "auto" or "epoll" instead`;
    throw refusal;
  }
}
