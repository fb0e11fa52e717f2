import type { Operation } from "../task/index.ts";
import { checkConcurrency, concurrently, type ManyOptions } from "./concurrently.ts";
import type { Path } from "./path.ts";
import { Procedure } from "./procedure.ts";
import { readFile } from "./whole-file.ts";

/**
 * Reads many files whole, several at once.
 *
 * @returns their contents in the order of the paths
 * @throws what reading one of them throws, when those in progress have ended
 */
export function readFiles(
  paths: readonly Path[],
  { concurrency = 64 }: ManyOptions = {},
): Operation<Buffer[]> {
  checkConcurrency(concurrency);
  return new Procedure("readFiles", () => concurrently(paths, concurrency, (path) => readFile(path)));
}
