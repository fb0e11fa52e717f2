/** @throws ERR_INVALID_ARG_TYPE for what is no number, ERR_OUT_OF_RANGE for one that is not whole or below `least` */
export function checkWhole(name: string, value: unknown, least: number): number {
  const number = checkNumber(name, value);
  if (Number.isInteger(number) && number >= least) return number;
  throw outOfRange(name, `a whole number of ${least} or more`, value);
}

/** As {@link checkWhole}, and Infinity is allowed. */
export function checkCapacity(value: unknown, least: number): number {
  return value === Number.POSITIVE_INFINITY ? value : checkWhole("capacity", value, least);
}

/** @throws ERR_INVALID_ARG_TYPE for what is no number */
export function checkNumber(name: string, value: unknown): number {
  if (typeof value === "number") return value;
  throw invalidType(name, "a number", value);
}

/** An error in Node's words. */
export function outOfRange(name: string, range: string, value: unknown): RangeError {
  const error = new RangeError(
    `The value of "${name}" is out of range. It must be ${range}. Received ${String(value)}`,
  );
  return Object.assign(error, { code: "ERR_OUT_OF_RANGE" });
}

/** An error in Node's words. */
export function invalidType(name: string, type: string, value: unknown): TypeError {
  const error = new TypeError(`The "${name}" argument must be ${type}. Received ${kindOf(value)}`);
  return Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}

/** An error in Node's words. */
export function invalidValue(name: string, allowed: readonly string[], value: unknown): TypeError {
  const error = new TypeError(
    `The argument "${name}" must be one of: ${allowed.join(", ")}. Received ${String(value)}`,
  );
  return Object.assign(error, { code: "ERR_INVALID_ARG_VALUE" });
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return `type ${typeof value}`;
}
