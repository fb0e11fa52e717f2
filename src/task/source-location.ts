import type { Runtime, Session } from "node:inspector";
import { createRequire, findSourceMap } from "node:module";
import { fileURLToPath } from "node:url";
import type { SourceLocation } from "../loop/index.ts";

/** Where V8's inspector finds the objects that it is asked about, for the moment. */
const QUESTION = "__pentioLocate";

const require = createRequire(import.meta.url);

/** URLs of scripts by V8's number for them, which stays the same. */
const urls = new Map<string, string>();

interface Place {
  readonly scriptId: string;
  /** From 0. */
  readonly lineNumber: number;
  /** From 0. */
  readonly columnNumber: number;
}

/**
 * Where generators and functions stand in the program: a generator at its wait (one that has not begun waits at its
 * beginning), or at its beginning if it has ended, and so a function. The location is that of the source if Node runs with `--enable-source-maps`.
 *
 * V8's inspector knows, and tells within the process. Asking takes milliseconds, and some 20 more when scripts are met
 * for the first time: it is for reports and listings. Nothing stays switched on afterwards.
 *
 * @returns the locations in the same order, null for what is not known: native functions, and everything where Node has
 *   no inspector
 */
export function locate(subjects: readonly object[]): (SourceLocation | null)[] {
  let session: Session | undefined;
  try {
    const inspector: typeof import("node:inspector") = require("node:inspector");
    session = new inspector.Session();
    session.connect();
    return ask(session, subjects);
  } catch {
    // Node without an inspector, or not permitted to use it: a report without a location is better than none.
    return subjects.map(() => null);
  } finally {
    session?.disconnect();
  }
}

function ask(session: Session, subjects: readonly object[]): (SourceLocation | null)[] {
  const properties = subjects.map((subject) => internalProperties(session, subject));
  const places = properties.map(placeOf);
  if (places.some((place) => place && !urls.has(place.scriptId))) learnUrls(session);
  return places.map((place, i) => place && describe(place, waits(properties[i]!)));
}

function internalProperties(session: Session, subject: object): Runtime.InternalPropertyDescriptor[] {
  const { result } = expose(subject, () =>
    post<Runtime.EvaluateReturnType>(session, "Runtime.evaluate", { expression: `globalThis.${QUESTION}` }),
  );
  const { internalProperties = [] } = post<Runtime.GetPropertiesReturnType>(
    session,
    "Runtime.getProperties",
    { objectId: result.objectId, ownProperties: true },
  );
  return internalProperties;
}

function expose<T>(subject: object, look: () => T): T {
  Object.defineProperty(globalThis, QUESTION, { value: subject, configurable: true });
  try {
    return look();
  } finally {
    Reflect.deleteProperty(globalThis, QUESTION);
  }
}

/** Posts to the inspector, which answers at once. */
function post<T>(session: Session, method: string, parameters: object): T {
  let answer: { error: Error | null; result: unknown } | undefined;
  session.post(method, parameters, (error, result?: object) => {
    answer = { error, result };
  });
  if (!answer || answer.error) throw new Error(`V8's inspector has no answer to ${method}`);
  return answer.result as T;
}

function placeOf(properties: readonly Runtime.InternalPropertyDescriptor[]): Place | null {
  const property = properties.find(
    ({ name }) => name === "[[GeneratorLocation]]" || name === "[[FunctionLocation]]",
  );
  return (property?.value?.value as Place | undefined) ?? null;
}

function waits(properties: readonly Runtime.InternalPropertyDescriptor[]): boolean {
  return properties.some(({ name, value }) => name === "[[GeneratorState]]" && value?.value === "suspended");
}

/** While its debugger is switched on, V8 tells of every script. */
function learnUrls(session: Session): void {
  session.on("Debugger.scriptParsed", ({ params }) => {
    urls.set(params.scriptId, params.url);
  });
  post(session, "Debugger.enable", {});
}

function describe(place: Place, isWait: boolean): SourceLocation | null {
  const url = urls.get(place.scriptId);
  if (!url) return null;
  const what = isWait ? "wait" : "function";
  const origin = findSourceMap(url)?.findEntry(place.lineNumber, place.columnNumber);
  if (origin && "originalSource" in origin) {
    const { originalSource, originalLine, originalColumn } = origin;
    return { file: pathOf(originalSource), line: originalLine + 1, column: originalColumn + 1, what };
  }
  return { file: pathOf(url), line: place.lineNumber + 1, column: place.columnNumber + 1, what };
}

function pathOf(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}
