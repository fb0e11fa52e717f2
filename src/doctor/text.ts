import { count, decimal, type Paint } from "../reporting/index.ts";
import type { DoctorReport, FeatureFinding, Finding, IoUringFindings, Mark } from "./report.ts";

const WIDTH = 100;
const NAME_WIDTH = 18;
/** Where a line's text begins: after the indentation, the mark and the name. */
const TEXT_AT = 2 + 2 + NAME_WIDTH;

const MARKS: Record<Mark, { sign: string; style: "green" | "red" | "yellow" }> = {
  works: { sign: "✓", style: "green" },
  missing: { sign: "✗", style: "red" },
  advice: { sign: "!", style: "yellow" },
};

/** The report for people, at most 100 columns wide where no word is longer. */
export function formatReport(report: DoctorReport, paint: Paint): string {
  const { foundations, ioUring, limits } = report;
  const rows = (findings: readonly (Finding & { name: string })[]) =>
    findings.flatMap((finding) => row(paint, finding.name, finding));
  const sections = [
    describe(report),
    section(paint, "Foundations", rows(foundations)),
    section(paint, "Models", rows(describeModels(report))),
    ...(ioUring ? [section(paint, "Features of io_uring", describeFeatures(paint, ioUring))] : []),
    section(paint, "Limits", rows(limits)),
  ];
  return sections.map((lines) => `${lines.join("\n")}\n`).join("\n");
}

function describeModels({ models, auto, requested }: DoctorReport): (Finding & { name: string })[] {
  const rows = models.map(({ model, bound, ...finding }) => ({
    ...finding,
    name: model,
    reason: finding.works && bound ? `${finding.reason}; bounded by ${bound}` : finding.reason,
  }));
  return [
    ...rows,
    { ...auto, name: "auto", reason: auto.model ? `${auto.model}: ${auto.reason}` : auto.reason },
    ...(requested
      ? [{ ...requested, name: "PENTIO_MODEL", reason: `${requested.value}: ${requested.reason}` }]
      : []),
  ];
}

function describe({ pentio, node, kernel, architecture, machine, container }: DoctorReport): string[] {
  const memory = `${decimal(machine.memoryBytes / 1e9, 1)} GB`;
  const inside = container
    ? `In a container: ${container.engine}, by ${container.sign}`
    : "No container that shows";
  const what = `Pentio ${pentio}, Node ${node}, ${kernel}, ${architecture}, ${machine.cpu}`;
  return [...wrap(`${what}, ${count(machine.cpus, "CPU")}, ${memory}`, 0), inside];
}

function section(paint: Paint, title: string, lines: readonly string[]): string[] {
  return [paint("bold", title), ...lines];
}

function row(paint: Paint, name: string, { mark, reason, remedy }: Finding): string[] {
  const { sign, style } = MARKS[mark];
  const [first, ...rest] = wrap(reason, TEXT_AT);
  const help = remedy ? wrap(`→ ${remedy}`, TEXT_AT) : [];
  return [`  ${paint(style, sign)} ${name.padEnd(NAME_WIDTH)}${first!.trimStart()}`, ...rest, ...help];
}

/** A line for what is there of each group, and one for each feature that is not. */
function describeFeatures(paint: Paint, { features, operations, featureBits }: IoUringFindings): string[] {
  const notes: Partial<Record<string, string>> = {
    "feature bits": ` (all: 0x${featureBits.toString(16)})`,
    operations: ` (of ${operations} in this kernel)`,
  };
  const groups = [...new Set(features.map(({ group }) => group))];
  return groups.flatMap((group) => {
    const members = features.filter((feature) => feature.group === group);
    const there = members.filter((feature) => feature.there).map(shortName);
    const reason = `${there.join(", ") || "none"}${notes[group] ?? ""}`;
    const mark = there.length > 0 ? "works" : "missing";
    return [
      ...row(paint, group, { mark, reason, remedy: null }),
      ...members.flatMap((one) => lack(paint, one)),
    ];
  });
}

function lack(paint: Paint, feature: FeatureFinding): string[] {
  if (feature.there) return [];
  const reason = `${shortName(feature)} came with Linux ${feature.since}; without it, ${feature.without}`;
  return row(paint, "", { mark: "missing", reason, remedy: null });
}

function shortName({ name }: FeatureFinding): string {
  return name.replace(/^IORING_(SETUP|FEAT|OP)_/, "");
}

/** Breaks a text between words into lines that begin at a column. */
function wrap(text: string, at: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && at + line.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.map((line) => " ".repeat(at) + line);
}
