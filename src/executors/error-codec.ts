import { addKnownErrorConstructor, deserializeError, serializeError } from "serialize-error";

/** An exception on its way from a worker: plain data that every structured clone can take. */
export type EncodedError = readonly [isError: boolean, data: unknown];

/**
 * Has errors of a class of your own come back from workers as instances of it, for `instanceof`. The language's own classes
 * need this not; others come back as `Error`, with their name, message, stack, cause and properties.
 *
 * @param errorClass makes an error without arguments, too
 * @throws TypeError if it cannot
 */
export function registerError(errorClass: new () => Error): void {
  addKnownErrorConstructor(errorClass);
}

/**
 * Makes plain data of what was thrown. An error keeps name, message, stack, cause and those of its properties that can be
 * described; what is no error and cannot be cloned is described.
 */
export function encodeError(thrown: unknown): EncodedError {
  if (!(thrown instanceof Error)) return isCloneable(thrown) ? [false, thrown] : [true, describe(thrown)];
  try {
    const data = serializeError(thrown, { useToJSON: false });
    return [true, isCloneable(data) ? data : describe(thrown)];
  } catch {
    // A getter of its own has thrown.
    return [true, describe(thrown)];
  }
}

/** The other way round. */
export function decodeError([isError, data]: EncodedError): unknown {
  return isError ? deserializeError(data) : data;
}

function describe(thrown: unknown) {
  if (!(thrown instanceof Error)) return { name: "Error", message: `${nameOf(thrown)} was thrown` };
  const { name, message, stack } = thrown;
  return { name: String(name), message: String(message), stack: String(stack) };
}

function nameOf(thrown: unknown): string {
  return typeof thrown === "object" ? "An object that cannot be cloned" : String(thrown);
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
