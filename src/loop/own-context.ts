import { AsyncResource } from "node:async_hooks";

/**
 * Where the turns of loops run, as AsyncLocalStorage sees it: nothing is stored there. Node's immediates and timers run as
 * where they were asked for, and a turn that some code has asked for serves the tasks of all.
 */
export const ownContext = emptied(new AsyncResource("PentioLoop"));

/** Forgets what was stored where this module was loaded. Node keeps that under symbols, beside numbers of its own. */
function emptied(resource: AsyncResource): AsyncResource {
  for (const symbol of Object.getOwnPropertySymbols(resource)) {
    if (typeof Reflect.get(resource, symbol) !== "number") Reflect.set(resource, symbol, undefined);
  }
  return resource;
}
