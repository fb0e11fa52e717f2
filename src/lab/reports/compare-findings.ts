import type { Placement } from "../report.ts";
import type { FigureName } from "./figure-names.ts";
import { type Cell, type FigureTable, figureTable, phasesTable } from "./figure-table.ts";
import { type Findings, isOfEchoes, type Subject, subjectOf, timelinesOf } from "./findings.ts";

/** A figure of a model in two reports. */
export interface Ratio {
  readonly model: string;
  readonly figure: FigureName;
  readonly a: number | null;
  readonly b: number | null;
  /** b divided by a; null if one of them was not measured, or a is 0. */
  readonly ratio: number | null;
  /** Whether the rounds of both overlap, so that the difference says nothing. */
  readonly isWithinNoise: boolean;
}

/** Two models that stand in one order in one report and in the other order in the other, both times beyond the noise. */
export type Disagreement = readonly [model: string, model: string];

/** What `pentio lab compare --json` prints. */
export interface FindingsComparison {
  readonly subject: Subject;
  /** What differs in machine, versions and options: its name, and what it is in each. */
  readonly differs: readonly { readonly what: string; readonly a: string; readonly b: string }[];
  readonly ratios: readonly Ratio[];
  /** About the order by CPU per request; empty, too, if that was not measured. */
  readonly disagreements: readonly Disagreement[];
}

/**
 * Compares two reports, model by model.
 *
 * @throws ERR_INVALID_ARG_VALUE if they are about different things
 */
export function compareFindings(a: Findings, b: Findings): FindingsComparison {
  const subject = subjectOf(a);
  if (subject !== subjectOf(b)) {
    const message = `One report is about ${subject} and the other about ${subjectOf(b)}: they have no figure in common`;
    throw Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_VALUE" });
  }
  const [ofA, ofB] = [figureTable(a), figureTable(b)];
  const ratios = ratiosOf(ofA, ofB);
  if (subject === "echoes")
    ratios.push(...ratiosOf(phasesTable(timelinesOf(a)), phasesTable(timelinesOf(b))));
  return { subject, differs: differences(a, b), ratios, disagreements: disagreements(ofA, ofB) };
}

function ratiosOf(a: FigureTable, b: FigureTable): Ratio[] {
  return a.rows.flatMap(({ name, cells }) => {
    const other = b.rows.find((row) => row.name === name);
    if (!other) return [];
    return a.figures.map((figure) => ratioOf(name, figure, cells[figure]!, other.cells[figure]!));
  });
}

function ratioOf(model: string, figure: FigureName, a: Cell, b: Cell): Ratio {
  const ratio = a.value === null || b.value === null || a.value === 0 ? null : b.value / a.value;
  return { model, figure, a: a.value, b: b.value, ratio, isWithinNoise: overlap(a, b) };
}

/** Whether the rounds of two figures overlap; false if there are no rounds to tell. */
function overlap(a: Cell, b: Cell): boolean {
  return a.rounds.length > 0 && b.rounds.length > 0 && !isBelow(a, b) && !isBelow(b, a);
}

function isBelow(a: Cell, b: Cell): boolean {
  return Math.max(...a.rounds) < Math.min(...b.rounds);
}

function disagreements(a: FigureTable, b: FigureTable): Disagreement[] {
  const found: Disagreement[] = [];
  const cpuIn = (table: FigureTable, name: string) =>
    table.rows.find((row) => row.name === name)?.cells.cpuUsPerRequest;
  for (const { name: one } of a.rows) {
    for (const { name: two } of a.rows) {
      const cells = [cpuIn(a, one), cpuIn(a, two), cpuIn(b, one), cpuIn(b, two)];
      if (!cells.every((cell) => cell !== undefined && cell.rounds.length > 0)) continue;
      const [oneInA, twoInA, oneInB, twoInB] = cells as [Cell, Cell, Cell, Cell];
      if (isBelow(oneInA, twoInA) && isBelow(twoInB, oneInB)) found.push([one, two]);
    }
  }
  return found;
}

function differences(a: Findings, b: Findings): FindingsComparison["differs"] {
  const [ofA, ofB] = [circumstances(a), circumstances(b)];
  return [...new Set([...Object.keys(ofA), ...Object.keys(ofB)])].flatMap((what) => {
    const [inA, inB] = [ofA[what] ?? "–", ofB[what] ?? "–"];
    return inA === inB ? [] : [{ what, a: inA, b: inB }];
  });
}

/** Under which figures came about: what has to be equal for them to be compared. */
function circumstances(findings: Findings): Readonly<Record<string, string>> {
  const { pentio, node, kernel, machine, options } = findings;
  const named = Object.entries({ ...machine, ...options }).map(([name, value]) => [name, String(value)]);
  const contest = isOfEchoes(findings)
    ? { loadModel: findings.loadModel, pinned: describePlacement(findings.pinned) }
    : {};
  return { pentio, node, kernel, ...Object.fromEntries(named), ...contest };
}

function describePlacement(pinned: Placement | null): string {
  return pinned ? `server to CPU ${pinned.serverCpu}, load to CPU ${pinned.loadCpu}` : "not";
}
