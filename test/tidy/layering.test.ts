import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const source = join(root, "src");
const files = (readdirSync(source, { recursive: true }) as string[]).filter((name) => /\.tsx?$/.test(name));

/** Imports of a file: the specifiers, static and dynamic, exports among them. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(source, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, specifier]) => specifier!);
}

/** The room of a file: its first folder, or "" for the public index. */
function roomOf(file: string): string {
  return file.includes(sep) ? file.slice(0, file.indexOf(sep)) : "";
}

/** The table "folder | what | may import" of ARCHITECTURE.md. */
function doors(): Map<string, Set<string>> {
  const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  const rows = [...text.matchAll(/^\| `([a-z]+)\/` \|[^|]*\| ([^|]*) \|$/gm)];
  return new Map(rows.map(([, room, allowed]) => [room!, new Set(allowed!.split(/,\s*/))]));
}

/** Relative imports as [importing file, imported file], both relative to src/. */
function edges(): [from: string, to: string][] {
  return files.flatMap((file) =>
    importsOf(file)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier): [string, string] => [
        file,
        relative(source, resolve(source, dirname(file), specifier)),
      ]),
  );
}

describe("the layers", () => {
  const allowed = doors();

  it("has a row in ARCHITECTURE.md for every folder, and a folder for every row", () => {
    const rooms = new Set(files.map(roomOf).filter((room) => room !== ""));
    assert.deepEqual([...allowed.keys()].sort(), [...rooms].sort());
  });

  it("imports downward only", () => {
    const wrong = edges().filter(([from, to]) => {
      const [importer, imported] = [roomOf(from), roomOf(to)];
      return (
        importer !== "" &&
        importer !== imported &&
        !(imported === "" ? topRooms : allowed.get(importer)!).has(imported === "" ? importer : imported)
      );
    });
    assert.deepEqual(wrong, []);
  });

  it("enters another room through its index.ts only", () => {
    const wrong = edges().filter(([from, to]) => roomOf(from) !== roomOf(to) && !to.endsWith("index.ts"));
    assert.deepEqual(wrong, []);
  });

  it("imports what exists", () => {
    assert.deepEqual(
      edges().filter(([, to]) => !existsSync(join(source, to))),
      [],
    );
  });

  it("names koffi in sys/ffi.ts alone", () => {
    const naming = files.filter((file) => importsOf(file).includes("koffi"));
    assert.deepEqual(naming, [join("sys", "ffi.ts")]);
  });

  it("has no file that nothing imports", () => {
    const imported = new Set(edges().map(([, to]) => to));
    const dead = files.filter((file) => !imported.has(file) && !isEntry(file));
    assert.deepEqual(dead, []);
  });
});

describe("the page of the lab, which runs in a browser", () => {
  const page = join("lab", "page") + sep;
  const words = join("lab", "words") + sep;
  const pageFiles = files.filter((file) => file.startsWith(page));

  it("takes from outside its folder nothing but types, and words that import nothing", () => {
    const taken = pageFiles.flatMap((file) => {
      const text = readFileSync(join(source, file), "utf8");
      return [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from "(\.[^"]+)"/gm)].map(([, specifier]) =>
        relative(source, resolve(source, dirname(file), specifier!)),
      );
    });
    assert.notEqual(taken.length, 0);
    assert.deepEqual(
      taken.filter((file) => !file.startsWith(page) && !file.startsWith(words)),
      [],
    );
    assert.deepEqual(
      edges().filter(([from]) => from.startsWith(words)),
      [],
    );
  });

  it("names no module of Node's", () => {
    assert.deepEqual(
      pageFiles.filter((file) => importsOf(file).some((specifier) => specifier.startsWith("node:"))),
      [],
    );
  });

  it("is imported by nothing outside its folder", () => {
    assert.deepEqual(
      edges().filter(([from, to]) => to.startsWith(page) && !from.startsWith(page)),
      [],
    );
  });
});

/** The rooms that stand on the public API and may import the package's own index. */
const topRooms = new Set(["lab", "cli"]);

/** Programs and public modules: nothing of ours has to import them. */
function isEntry(file: string): boolean {
  const { exports, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const published = JSON.stringify([exports, bin]);
  if (published.includes(`dist/src/${file.replace(/\.ts$/, "")}.`)) return true;
  // The program of a page, which the page names.
  const html = join(source, dirname(file), "index.html");
  if (existsSync(html) && readFileSync(html, "utf8").includes(`src="./${basename(file)}"`)) return true;
  // Programs that another file starts by name, as a process or a thread of its own.
  const program = `/${file.split(sep).pop()!.replace(/\.ts$/, ".js")}`;
  return files.some((other) => readFileSync(join(source, other), "utf8").includes(`${program}"`));
}
