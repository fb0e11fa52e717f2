import { AsyncResource } from "node:async_hooks";

/**
 * Where the turns of loops run, as AsyncLocalStorage sees it: nothing is stored there. Node's immediates and timers run as
 * where they were asked for, and a turn that some code has asked for serves the tasks of all.
 */
export const ownContext = emptied(new AsyncResource("PentioLoop"));

/** Where Node keeps what is stored for a resource: under symbols, beside the numbers that it knows it by. */
export function storagePlaces(resource: AsyncResource): symbol[] {
  return Object.getOwnPropertySymbols(resource).filter(
    ({ description }) => description !== "async_id_symbol" && description !== "trigger_async_id_symbol",
  );
}

/** Forgets what was stored where this module was loaded. */
function emptied(resource: AsyncResource): AsyncResource {
  for (const place of storagePlaces(resource)) Reflect.set(resource, place, undefined);
  return resource;
}
