/**
 * The guides in docs/: what stands in a ```ts block is a program. It is compiled and run against the built package, and
 * prints what the ```text block that follows directly says, if there is one. A block that shows a part of an example is
 * run with the examples.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { isInExamples } from "../support/documents.ts";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));
const documents = join(root, "docs");
/** Within the package, so that the programs import it by its name. */
const programs = join(root, "dist/docs");

interface Sample {
  /** The document and the line in it, which name the program's file too. */
  readonly name: string;
  /** After as many empty lines as stand before it in the document, so that the compiler names the line there. */
  readonly code: string;
  readonly output: string | undefined;
}

function samplesOf(document: string): Sample[] {
  const text = readFileSync(join(documents, document), "utf8");
  const blocks = text.matchAll(/^```ts\n(.*?)^```$(?:\n+```text\n(.*?)^```$)?/gms);
  return [...blocks].flatMap(({ index, 1: code, 2: output }) => {
    if (isInExamples(code!)) return [];
    const line = text.slice(0, index).split("\n").length + 1;
    const name = `${document.replace(/\.md$/, "")}-${line}`;
    return [{ name, code: "\n".repeat(line - 1) + code!, output }];
  });
}

/** @returns what the compiler says */
async function compile(samples: readonly Sample[]): Promise<string> {
  rmSync(programs, { recursive: true, force: true });
  mkdirSync(programs, { recursive: true });
  for (const { name, code } of samples) writeFileSync(join(programs, `${name}.ts`), code);
  const configuration = {
    extends: "../../tsconfig.json",
    compilerOptions: {
      rootDir: ".",
      outDir: ".",
      declaration: false,
      noUnusedLocals: false,
      moduleDetection: "force",
    },
    include: ["*.ts"],
    exclude: [],
  };
  writeFileSync(join(programs, "tsconfig.json"), JSON.stringify(configuration));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = await execute(process.execPath, [compiler, "-p", programs]).catch(
    (error: { stdout: string }) => error,
  );
  return stdout;
}

describe("the guides", () => {
  const names = readdirSync(documents).filter((name) => name.endsWith(".md"));
  const samples = names.flatMap(samplesOf);
  let complaints: string;

  before(async () => {
    complaints = await compile(samples);
  });

  it("have samples that compile", () => {
    assert.equal(complaints, "");
  });

  for (const { name, output } of samples) {
    it(`${name} runs and prints what the guide says`, { timeout: 180_000 }, async () => {
      const { stdout } = await execute(process.execPath, [join(programs, `${name}.js`)]);
      if (output !== undefined) assert.equal(stdout, output);
    });
  }
});
