import type { Operation } from "../task/index.ts";
import { checkConcurrency, concurrently, type ManyOptions } from "./concurrently.ts";
import { checkWhole } from "./errors.ts";
import type { File } from "./file.ts";
import { Procedure } from "./procedure.ts";
import type { Range } from "./ranges.ts";

/**
 * Reads several ranges of a file at once.
 *
 * @returns their bytes, in the order of the ranges; what lies behind the end of the file is missing
 * @throws what reading throws; ERR_OUT_OF_RANGE
 */
export function parallelRead(
  file: File,
  ranges: readonly Required<Range>[],
  { concurrency = 64 }: ManyOptions = {},
): Operation<Buffer[]> {
  checkConcurrency(concurrency);
  const memory = ranges.map(({ lengthBytes }) =>
    Buffer.allocUnsafeSlow(checkWhole(lengthBytes, "lengthBytes")),
  );
  return new Procedure("parallelRead", function* () {
    const indices = [...ranges.keys()];
    const read = (i: number) => file.read(memory[i]!, { position: ranges[i]!.position });
    const counts = yield* concurrently(indices, concurrency, read);
    return memory.map((bytes, i) => bytes.subarray(0, counts[i]));
  });
}
