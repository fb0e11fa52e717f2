import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../../../examples/", import.meta.url);
const examples = readdirSync(fileURLToPath(folder)).map((name) =>
  flat(readFileSync(new URL(name, folder), "utf8")),
);

/** Whether code of a document stands in examples/, where it is run. */
export function isInExamples(code: string): boolean {
  return examples.some((example) => example.includes(flat(code)));
}

/** Text without the differences that a document may have: indentation and blank lines. */
function flat(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n");
}
