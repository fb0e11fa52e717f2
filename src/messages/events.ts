/** What an event loop carries: plain objects that say of what type they are. */
export interface LoopEvent {
  readonly type: string;
}

/** @throws ERR_INVALID_ARG_TYPE for what has no type */
export function checkEvent(event: LoopEvent): void {
  if (typeof (event as LoopEvent | null | undefined)?.type === "string") return;
  const error = new TypeError('An event is an object with a type: { type: "key", … }');
  throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}
