import type { IncomingMessage } from "node:http";
import type { CompareRequest, PhasesRequest } from "./protocol.ts";

const BODY_BYTES_MAX = 16 * 1024;
const STEPS_MAX = 8;
const RANGES = {
  delayMs: { least: 0, most: 1000 },
  phaseSizeBytes: { least: 1, most: 60_000 },
  connections: { least: 1, most: 10_000 },
  echoSizeBytes: { least: 1, most: 65_536 },
};

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
  const type = request.headers["content-type"]?.split(";")[0]!.trim();
  if (type !== "application/json") throw new RefusedRequest(415, "Content-Type has to be application/json");
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > BODY_BYTES_MAX) throw new RefusedRequest(413, `A body has ${BODY_BYTES_MAX} bytes at most`);
  }
  const value = parseJson(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new RefusedRequest(400, "The body has to be a JSON object");
}

/** @throws RefusedRequest */
export function parsePhasesRequest(body: Record<string, unknown>): Required<PhasesRequest> {
  requireKnown(body, ["delayMs", "sizeBytes"]);
  return {
    delayMs: wholeNumber("delayMs", body.delayMs ?? 20, RANGES.delayMs),
    sizeBytes: wholeNumber("sizeBytes", body.sizeBytes ?? 1024, RANGES.phaseSizeBytes),
  };
}

/** @throws RefusedRequest */
export function parseCompareRequest(body: Record<string, unknown>): Required<CompareRequest> {
  requireKnown(body, ["connections", "sizeBytes"]);
  const { connections: steps = [1, 10, 100, 1000, 10_000] } = body;
  if (!Array.isArray(steps) || steps.length === 0 || steps.length > STEPS_MAX) {
    throw new RefusedRequest(400, `connections has to be an array of 1 to ${STEPS_MAX} numbers`);
  }
  const connections = steps.map((step) => wholeNumber("connections", step, RANGES.connections));
  if (connections.some((step, index) => index > 0 && step <= connections[index - 1]!)) {
    throw new RefusedRequest(400, "connections has to grow from one number to the next");
  }
  return { connections, sizeBytes: wholeNumber("sizeBytes", body.sizeBytes ?? 64, RANGES.echoSizeBytes) };
}

/** @throws RefusedRequest if there is anything in it */
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

function wholeNumber(name: string, value: unknown, { least, most }: { least: number; most: number }): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RefusedRequest(
    400,
    `${name} has to be a whole number from ${least} to ${most}, not ${JSON.stringify(value)}`,
  );
}
