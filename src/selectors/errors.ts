import { inspect } from "node:util";

/** An argument that no selector takes. */
export function invalidArgument(message: string): Error {
  return Object.assign(new RangeError(message), { code: "ERR_INVALID_ARG_VALUE" });
}

export function alreadyRegistered(fileobj: unknown, fd: number): Error {
  return selectorError(
    "ERR_ALREADY_REGISTERED",
    `${nameOf(fileobj, fd)} is already registered: change it with modify(), or call unregister() first`,
  );
}

export function notRegistered(fileobj: unknown, fd: number): Error {
  return selectorError(
    "ERR_NOT_REGISTERED",
    `${nameOf(fileobj, fd)} is not registered: call register() first`,
  );
}

export function closedError(): Error {
  return selectorError("ERR_SELECTOR_CLOSED", "The selector is closed: make a new one");
}

function selectorError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function nameOf(fileobj: unknown, fd: number): string {
  return typeof fileobj === "number"
    ? `Descriptor ${fd}`
    : `${inspect(fileobj, { depth: -1 })} (descriptor ${fd})`;
}
