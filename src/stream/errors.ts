/** Refuses what is no whole number, or too small. */
export function checkCount(caller: string, name: string, value: unknown, min: number): void {
  if (typeof value !== "number") {
    const error = new TypeError(`${caller}() takes a number as its ${name}, not ${typeof value}`);
    throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
  }
  if (!Number.isInteger(value) || value < min) {
    const error = new RangeError(
      `${caller}() takes a whole number of ${min} or more as its ${name}, not ${value}`,
    );
    throw Object.assign(error, { code: "ERR_OUT_OF_RANGE" });
  }
}
