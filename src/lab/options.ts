import { parseArgs } from "node:util";
import { models } from "../drivers/index.ts";
import { CONNECTIONS_MAX, classicServers, NODE_NET } from "./contenders.ts";
import { NODES_WAYS } from "./file-access.ts";
import { DEFAULTS, FILE_SIZE, MAXIMA, PORT, SECONDS_MIN } from "./option-ranges.ts";
import { PHASES_BOUNDS } from "./phases/index.ts";
import type { Workload } from "./report.ts";
import { LANGUAGES, type Language, type Subject, usualLanguage } from "./reports/index.ts";

/** The options that make sense with `--web`. */
const WITH_WEB = ["web", "port", "help"];

/** What `pentio lab` was asked to do. */
export interface LabOptions extends Workload {
  /** What is measured. With files, connections are blocks that are transferred at once. */
  readonly subject: Subject;
  /** Models, {@link NODE_NET} among them, in the order in which they are measured. */
  readonly models: readonly string[];
  /** Of phases: how long the sender waits, in milliseconds. */
  readonly delayMs: number;
  /** Serves the page instead, on {@link port}; null: on the usual one, or if that is taken on any that is free. */
  readonly web: boolean;
  readonly port: number | null;
  /** What standard output gets. */
  readonly format: "text" | "json" | "csv";
  /** The HTML file that is written; null: none. */
  readonly reportPath: string | null;
  readonly language: Language;
  readonly help: boolean;
}

/**
 * Reads the command line of `pentio lab`.
 *
 * @throws ERR_PARSE_ARGS_UNKNOWN_OPTION and others of util.parseArgs; ERR_INVALID_ARG_VALUE
 */
export function parseLabOptions(args: string[]): LabOptions {
  const { values, tokens } = parseArgs({
    args,
    tokens: true,
    options: {
      models: { type: "string" },
      connections: { type: "string" },
      size: { type: "string" },
      seconds: { type: "string" },
      files: { type: "boolean", default: false },
      phases: { type: "boolean", default: false },
      delay: { type: "string" },
      web: { type: "boolean", default: false },
      port: { type: "string" },
      json: { type: "boolean", default: false },
      csv: { type: "boolean", default: false },
      report: { type: "string" },
      lang: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { files, phases, web, json, csv } = values;
  const idle = tokens.find((token) => token.kind === "option" && !WITH_WEB.includes(token.name));
  if (web && idle?.kind === "option")
    throw invalid(`--web serves the page, where one says what to measure: it goes with no ${idle.rawName}`);
  if (files && phases) throw invalid("--files and --phases are two things to measure: ask for one of them");
  if (json && csv) throw invalid("--json and --csv are two forms of the same: ask for one of them");
  if (values.delay !== undefined && !phases) throw invalid("--delay needs --phases");
  if (values.port !== undefined && !web) throw invalid("--port needs --web");
  if (values.lang !== undefined && values.report === undefined) throw invalid("--lang needs --report");
  const subject = files ? "files" : phases ? "phases" : "echoes";
  const names = parseNames(values.models, subject);
  const connections = parseCount("connections", values.connections);
  const classic = names.find((name) => classicServers.includes(name));
  if (classic && connections > CONNECTIONS_MAX)
    throw invalid(`${classic} serves up to ${CONNECTIONS_MAX} connections at once, not ${connections}`);
  return {
    subject,
    models: names,
    connections,
    size: parseSize(values.size, subject),
    seconds: parseSeconds(values.seconds),
    delayMs: parseWhole("delay", values.delay, PHASES_BOUNDS.delayMs),
    web,
    port: values.port === undefined ? null : parseWhole("port", values.port, PORT),
    format: json ? "json" : csv ? "csv" : "text",
    reportPath: values.report ?? null,
    language: parseLanguage(values.lang),
    help: values.help,
  };
}

function parseNames(list: string | undefined, subject: Subject): readonly string[] {
  const others = { echoes: [NODE_NET], files: NODES_WAYS, phases: [] }[subject];
  const usual: readonly string[] = [...models, ...others];
  if (list === undefined) return usual;
  const known = subject === "echoes" ? [...usual, ...classicServers] : usual;
  const names = [...new Set(list.split(",").map((name) => name.trim()))];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw invalid(`Unknown I/O model "${unknown}" in --models; the models are ${known.join(", ")}`);
  }
  return names;
}

function parseSize(text: string | undefined, subject: Subject): number {
  if (subject === "phases") return parseWhole("size", text, PHASES_BOUNDS.sizeBytes);
  if (subject === "echoes") return parseCount("size", text);
  const size = parseCount("size", text ?? String(FILE_SIZE));
  if (size % 4 !== 0) throw invalid(`--size takes a multiple of 4 with --files, not "${size}"`);
  return size;
}

function parseLanguage(text: string | undefined): Language {
  if (text === undefined) return usualLanguage(process.env);
  const language = LANGUAGES.find((known) => known === text);
  if (language) return language;
  throw invalid(`--lang takes ${LANGUAGES.join(" or ")}, not "${text}"`);
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
