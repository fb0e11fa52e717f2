import type { IncomingMessage } from "node:http";
import { PHASES_BOUNDS } from "../phases/measure-phases.ts";
import type { CompareRequest, PhasesRequest } from "./protocol.ts";

const BODY_BYTES_MAX = 16 * 1024;
const STEPS_MAX = 8;
const CONNECTIONS = { min: 1, max: 10_000 };
const ECHO_BYTES = { min: 1, max: 65_536, usual: 64 };
const USUAL_STEPS = [1, 10, 100, 1000, 10_000];

/** A request that is wrong, and the status of HTTP that says how. */
export class RefusedRequest extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Reads a request's body, which is a JSON object. @throws RefusedRequest */
export async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  // A page from elsewhere may send a form to us without asking, but not this type.
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/json *(;|$)/i.test(type))
    throw new RefusedRequest(415, "Content-Type has to be application/json");
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > BODY_BYTES_MAX)
      throw new RefusedRequest(413, `A body has ${BODY_BYTES_MAX} bytes at most`);
  }
  const value = parseJson(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new RefusedRequest(400, "The body has to be a JSON object");
}

/** @throws RefusedRequest */
export function parsePhasesRequest(body: Record<string, unknown>): Required<PhasesRequest> {
  requireKnown(body, ["delayMs", "sizeBytes"]);
  const { delayMs, sizeBytes } = PHASES_BOUNDS;
  return {
    delayMs: wholeNumber("delayMs", body.delayMs ?? delayMs.usual, delayMs),
    sizeBytes: wholeNumber("sizeBytes", body.sizeBytes ?? sizeBytes.usual, sizeBytes),
  };
}

/** @throws RefusedRequest */
export function parseCompareRequest(body: Record<string, unknown>): Required<CompareRequest> {
  requireKnown(body, ["connections", "sizeBytes"]);
  const { connections: steps = USUAL_STEPS } = body;
  if (!Array.isArray(steps) || steps.length === 0 || steps.length > STEPS_MAX) {
    throw new RefusedRequest(400, `connections has to be an array of 1 to ${STEPS_MAX} numbers`);
  }
  const connections = steps.map((step) => wholeNumber("connections", step, CONNECTIONS));
  if (connections.some((step, index) => index > 0 && step <= connections[index - 1]!)) {
    throw new RefusedRequest(400, "connections has to grow from one number to the next");
  }
  const sizeBytes = wholeNumber("sizeBytes", body.sizeBytes ?? ECHO_BYTES.usual, ECHO_BYTES);
  return { connections, sizeBytes };
}

/** @throws RefusedRequest if there is anything in it that is not known */
export function requireKnown(body: Record<string, unknown>, known: readonly string[]): void {
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const names = known.length > 0 ? `it takes ${known.join(" and ")}` : "it takes nothing";
  throw new RefusedRequest(400, `${JSON.stringify(unknown)} is not known here; ${names}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RefusedRequest(400, `The body is not JSON: ${(error as Error).message}`);
  }
}

function wholeNumber(name: string, value: unknown, { min, max }: { min: number; max: number }): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  const given = JSON.stringify(value);
  throw new RefusedRequest(400, `${name} has to be a whole number from ${min} to ${max}, not ${given}`);
}
