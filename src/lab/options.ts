import { parseArgs } from "node:util";
import { models } from "../drivers/index.ts";
import { NODE_NET } from "./contenders.ts";
import { NODES_WAYS } from "./file-access.ts";
import type { Workload } from "./report.ts";

/** What `pentio lab` was asked to do. */
export interface LabOptions extends Workload {
  /** Models, {@link NODE_NET} among them, in the order in which they are measured. */
  readonly models: readonly string[];
  /** Compares work on a file instead: connections are then blocks that are transferred at once. */
  readonly files: boolean;
  /** Serves the page instead, on {@link port}. */
  readonly web: boolean;
  /** Of {@link web}; 0: any that is free. */
  readonly port: number;
  readonly json: boolean;
  readonly help: boolean;
}

const DEFAULTS = { connections: 64, size: 64, seconds: 2 };
const FILE_SIZE = 4096;
const MAXIMA = { connections: 10_000, size: 1024 * 1024, seconds: 60 };
const SECONDS_MIN = 0.1;
const PORT_MAX = 65_535;

export const labUsage = `pentio lab: the I/O models of this machine compared on real work

Starts an echo server on each model, and one on Node's own net module, sends them requests over TCP on
127.0.0.1, and checks every byte that comes back.

  --models A,B       which to compare (default: all), of
                     ${allNames().join(", ")}
  --connections N    connections, each with one request in flight, up to ${MAXIMA.connections} (default: ${DEFAULTS.connections})
  --size N           bytes of a request and of its reply, up to ${MAXIMA.size} (default: ${DEFAULTS.size})
  --seconds N        how long each is measured in all rounds, ${SECONDS_MIN} to ${MAXIMA.seconds} (default: ${DEFAULTS.seconds}); starting,
                     warming up and counting system calls add about 2, so that all take about 40 seconds
  --files            compare random and sequential reads and writes of a file instead, beside Node's own
                     ${NODES_WAYS.join(", ")}; --connections is then how many blocks are transferred
                     at once, --size their bytes (default: ${FILE_SIZE}), a multiple of 4
  --web              serve a page on 127.0.0.1 that shows all of this at work, until Ctrl-C
  --port N           with --web: the port, 1 to ${PORT_MAX} (default: any that is free)
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
      web: { type: "boolean", default: false },
      port: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { files, web } = values;
  if (values.port !== undefined && !web) throw invalid("--port needs --web");
  const size = parseCount("size", values.size ?? (files ? String(FILE_SIZE) : undefined));
  if (files && size % 4 !== 0) throw invalid(`--size takes a multiple of 4 with --files, not "${size}"`);
  return {
    models: values.models === undefined ? allNames(files) : parseNames(values.models, files),
    connections: parseCount("connections", values.connections),
    size,
    files,
    seconds: parseSeconds(values.seconds),
    web,
    port: values.port === undefined ? 0 : parsePort(values.port),
    json: values.json,
    help: values.help,
  };
}

function allNames(files = false): string[] {
  return [...models, ...(files ? NODES_WAYS : [NODE_NET])];
}

function parseNames(list: string, files: boolean): string[] {
  const known = allNames(files);
  const names = [...new Set(list.split(",").map((name) => name.trim()))];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw invalid(`Unknown I/O model "${unknown}" in --models; the models are ${known.join(", ")}`);
  }
  return names;
}

function parseCount(name: "connections" | "size", text: string | undefined): number {
  if (text === undefined) return DEFAULTS[name];
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= MAXIMA[name]) return value;
  throw invalid(`--${name} takes a whole number from 1 to ${MAXIMA[name]}, not "${text}"`);
}

function parsePort(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= PORT_MAX) return value;
  throw invalid(`--port takes a whole number from 1 to ${PORT_MAX}, not "${text}"`);
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
