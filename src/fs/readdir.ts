import { relative } from "node:path";
import type { Coroutine, Operation } from "../task/index.ts";
import type { Entry } from "./entries.ts";
import { type Path, type RawPath, rawPath } from "./path.ts";
import { Procedure } from "./procedure.ts";
import { listFolder, walk } from "./walk.ts";

/** What is told of a folder. */
export interface ReaddirOptions {
  /** Entries that tell what they are, instead of names. Default false. */
  readonly withFileTypes?: boolean;
  /** Also what is in the folders below; names are then relative to the first one. Default false. */
  readonly recursive?: boolean;
}

/**
 * What a folder holds, all at once, in no order. For huge ones `entries()` is a stream.
 *
 * @throws ENOENT, ENOTDIR, EACCES
 */
export function readdir(
  path: Path,
  options?: ReaddirOptions & { withFileTypes?: false },
): Operation<string[]>;
export function readdir(path: Path, options: ReaddirOptions & { withFileTypes: true }): Operation<Entry[]>;
export function readdir(path: Path, options: ReaddirOptions = {}): Operation<string[] | Entry[]> {
  const { withFileTypes = false, recursive = false } = options;
  const root = rawPath(path);
  return new Procedure("readdir", function* () {
    const all = recursive ? yield* everything(root) : yield* listFolder(root);
    if (withFileTypes) return all;
    return all.map((entry) => (recursive ? relative(root.toString(), entry.path) : entry.name));
  });
}

function* everything(root: RawPath): Coroutine<Entry[]> {
  const all: Entry[] = [];
  const tree = walk(root);
  for (let { done, value } = yield* tree.next(); !done; { done, value } = yield* tree.next())
    all.push(value!);
  return all;
}
