/**
 * What C makes of this machine's headers: expressions are printed by a program that the machine's compiler makes.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why there is no C compiler here, or false: the `skip` of a test. */
export const compilerRefusal: string | false = (() => {
  const { error, status, stderr } = spawnSync("cc", ["--version"], { encoding: "utf8" });
  if (error) return `there is no C compiler here (cc: ${error.message})`;
  return status === 0 ? false : `the C compiler does not work here: ${stderr}`;
})();

/** What a compiler says of names that the headers lack: gcc's words, and clang's. */
const UNKNOWN = [
  /error: ['‘](\w+)['’] undeclared/g,
  /error: use of undeclared identifier '(\w+)'/g,
  /error: .* has no member named ['‘](\w+)['’]/g,
  /error: no member named '(\w+)' in/g,
];

/**
 * The values of C expressions, by the expressions themselves. Those that the headers do not know are missing.
 *
 * @param flags for the compiler, such as where headers are
 */
export function valuesInC(
  headers: readonly string[],
  expressions: readonly string[],
  flags: readonly string[] = [],
): Map<string, number> {
  const folder = mkdtempSync(join(tmpdir(), "pentio-abi-"));
  try {
    let known = [...expressions];
    for (;;) {
      const messages = compile(folder, headers, known, flags);
      if (messages === undefined) break;
      const unknown = UNKNOWN.flatMap((pattern) => [...messages.matchAll(pattern)].map((match) => match[1]!));
      const left = known.filter((expression) => !unknown.some((name) => names(expression).includes(name)));
      if (left.length === known.length) throw new Error(`the C compiler says:\n${messages}`);
      known = left;
    }
    const { stdout, status } = spawnSync(join(folder, "values"), { encoding: "utf8" });
    if (status !== 0) throw new Error(`the C program ended with ${status}`);
    const values = stdout.trim().split("\n").map(Number);
    return new Map(known.map((expression, i) => [expression, values[i]!]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @returns undefined, or what the compiler complains of */
function compile(
  folder: string,
  headers: readonly string[],
  expressions: readonly string[],
  flags: readonly string[],
): string | undefined {
  const lines = [
    "#define _GNU_SOURCE",
    "#include <stddef.h>",
    "#include <stdio.h>",
    ...headers.map((header) => `#include <${header}>`),
    "int main(void) {",
    ...expressions.map((expression) => `  printf("%lld\\n", (long long)(${expression}));`),
    "  return 0;",
    "}",
  ];
  writeFileSync(join(folder, "values.c"), `${lines.join("\n")}\n`);
  const args = ["-w", ...flags, "-o", join(folder, "values"), join(folder, "values.c")];
  const { status, stderr } = spawnSync("cc", args, {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  });
  return status === 0 ? undefined : stderr;
}

function names(expression: string): string[] {
  return expression.match(/\w+/g) ?? [];
}
