import type { Form } from "../phases/index.ts";
import type { FigureName } from "./figure-names.ts";

/** Everything that a report says in a language. */
export interface Words {
  readonly htmlLanguage: string;
  /** What stands between parts of a sentence, with the space that belongs there. */
  readonly comma: string;
  readonly semicolon: string;
  readonly colon: string;
  /** What stands in brackets behind something. */
  inBrackets(text: string): string;
  /** Why something was not measured, was left out or went wrong; what the system says stays in its words. */
  reason(text: string): string;
  readonly title: string;
  readonly echoes: string;
  readonly echoesExplained: string;
  readonly files: string;
  readonly phases: string;
  readonly phasesExplained: string;
  readonly allFigures: string;
  readonly rawNumbers: string;
  readonly model: string;
  readonly measuredAt: string;
  readonly machine: string;
  readonly cpus: string;
  readonly memory: string;
  readonly versions: string;
  readonly workload: string;
  readonly defaultModel: string;
  readonly skipped: string;
  readonly failed: string;
  readonly warned: string;
  readonly notMeasured: string;
  readonly moreIsBetter: string;
  readonly lessIsBetter: string;
  readonly everyByteWasRight: string;
  readonly notEveryByteWasRight: string;
  readonly kinds: Readonly<Record<string, string>>;
  readonly figures: Readonly<Record<FigureName, string>>;
  readonly forms: Readonly<Record<Form, string>>;
  /** What a call has returned; errors have their names. */
  readonly outcomes: Readonly<Record<string, (result: string) => string>>;
  /** Rows and colours of time lines. */
  readonly data: string;
  readonly thread: string;
  readonly helper: string;
  readonly calls: string;
  readonly waitingForData: string;
  readonly dataIsThere: string;
  readonly copyingData: string;
  readonly notMeasuredApart: string;
  readonly neitherMeasured: string;
  readonly blocked: string;
  readonly working: string;
  readonly calling: string;
  readonly aCall: string;
  readonly wholeRead: string;
  readonly magnified: string;
  /** Sentences about the two phases. */
  blockedIn(call: string): string;
  freeFor(units: number): string;
  triedInVain(times: number): string;
  helperBlockedIn(call: string): string;
  copiedIn(call: string, byHelper: boolean): string;
  withWakingUp(call: string, byHelper: boolean): string;
  toldAfter(time: string): string;
  echoWorkload(connections: number, size: number, seconds: number, loadModel: string): string;
  fileWorkload(inFlight: number, size: number, seconds: number): string;
  phasesWorkload(delayMs: number, sizeBytes: number): string;
}
