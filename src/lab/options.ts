import { parseArgs } from "node:util";
import { models } from "../drivers/index.ts";
import { NODES_WAYS } from "./file-access.ts";
import { PHASES_BOUNDS } from "./phases/index.ts";
import type { Workload } from "./report.ts";

/** The baseline's name beside those of the models. */
export const NODE_NET = "node:net";

/** What `pentio lab` was asked to do. */
export interface LabOptions extends Workload {
  /** Models, {@link NODE_NET} among them, in the order in which they are measured. */
  readonly models: readonly string[];
  /** Compares work on a file instead: connections are then blocks that are transferred at once. */
  readonly files: boolean;
  /** Measures the two phases of one read instead. */
  readonly phases: boolean;
  /** Of {@link phases}: how long the sender waits, in milliseconds. */
  readonly delayMs: number;
  readonly json: boolean;
  readonly help: boolean;
}

const DEFAULTS = { connections: 64, size: 64, seconds: 2 };
const FILE_SIZE = 4096;
const { delayMs: DELAY, sizeBytes: DATAGRAM } = PHASES_BOUNDS;
const MAXIMA = { connections: 10_000, size: 1024 * 1024, seconds: 60 };
const SECONDS_MIN = 0.1;

export const labUsage = `pentio lab: the I/O models of this machine compared on real work

Starts an echo server on each model, and one on Node's own net module, sends them requests over TCP on
127.0.0.1, and checks every byte that comes back.

  --models A,B       which to compare (default: all), of
                     ${allNames().join(", ")}
  --connections N    connections, each with one request in flight, up to ${MAXIMA.connections} (default: ${DEFAULTS.connections})
  --size N           bytes of a request and of its reply, up to ${MAXIMA.size} (default: ${DEFAULTS.size})
  --seconds N        how long each is measured, ${SECONDS_MIN} to ${MAXIMA.seconds} (default: ${DEFAULTS.seconds}); starting, warming
                     up and counting system calls add about 2, so that all take about 40 seconds
  --files            compare random and sequential reads and writes of a file instead, beside Node's own
                     ${NODES_WAYS.join(", ")}; --connections is then how many blocks are transferred
                     at once, --size their bytes (default: ${FILE_SIZE}), a multiple of 4
  --phases           instead, time lines of one read on each model: waiting for data and copying it, by what
                     the threads did; --size is that of the datagram, up to ${DATAGRAM.max} (default: ${DATAGRAM.usual})
  --delay N          with --phases: milliseconds until the datagram is sent, ${DELAY.min} to ${DELAY.max} (default: ${DELAY.usual})
  --json             print one JSON document instead of the table
  --help             print this

Exit status: 0 if every byte came back on every model; 1 if not, or if nothing could be measured; 2 for a
wrong command line.
`;

/**
 * Reads the command line of `pentio lab`.
 *
 * @throws ERR_PARSE_ARGS_UNKNOWN_OPTION and others of util.parseArgs; ERR_INVALID_ARG_VALUE
 */
export function parseLabOptions(args: string[]): LabOptions {
  const { values } = parseArgs({
    args,
    options: {
      models: { type: "string" },
      connections: { type: "string" },
      size: { type: "string" },
      seconds: { type: "string" },
      files: { type: "boolean", default: false },
      phases: { type: "boolean", default: false },
      delay: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { files, phases } = values;
  if (files && phases) throw invalid("--files and --phases are two things to measure: ask for one of them");
  if (values.delay !== undefined && !phases) throw invalid("--delay needs --phases");
  const size = phases
    ? parseWhole("size", values.size, DATAGRAM)
    : parseCount("size", values.size ?? (files ? String(FILE_SIZE) : undefined));
  if (files && size % 4 !== 0) throw invalid(`--size takes a multiple of 4 with --files, not "${size}"`);
  const known = phases ? models : allNames(files);
  return {
    models: values.models === undefined ? known : parseNames(values.models, known),
    connections: parseCount("connections", values.connections),
    size,
    files,
    phases,
    delayMs: parseWhole("delay", values.delay, DELAY),
    seconds: parseSeconds(values.seconds),
    json: values.json,
    help: values.help,
  };
}

function allNames(files = false): string[] {
  return [...models, ...(files ? NODES_WAYS : [NODE_NET])];
}

function parseNames(list: string, known: readonly string[]): string[] {
  const names = [...new Set(list.split(",").map((name) => name.trim()))];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw invalid(`Unknown I/O model "${unknown}" in --models; the models are ${known.join(", ")}`);
  }
  return names;
}

function parseCount(name: "connections" | "size", text: string | undefined): number {
  return parseWhole(name, text, { min: 1, max: MAXIMA[name], usual: DEFAULTS[name] });
}

function parseWhole(
  name: string,
  text: string | undefined,
  { min, max, usual }: { readonly min: number; readonly max: number; readonly usual: number },
): number {
  if (text === undefined) return usual;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw invalid(`--${name} takes a whole number from ${min} to ${max}, not "${text}"`);
}

function parseSeconds(text: string | undefined): number {
  if (text === undefined) return DEFAULTS.seconds;
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : 0;
  if (value >= SECONDS_MIN && value <= MAXIMA.seconds) return value;
  throw invalid(`--seconds takes a number from ${SECONDS_MIN} to ${MAXIMA.seconds}, not "${text}"`);
}

function invalid(message: string): Error {
  return Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_VALUE" });
}
