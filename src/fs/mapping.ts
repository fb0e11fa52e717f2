import { MAP_PRIVATE, type Mapping, map, type SystemError, syscalls } from "../sys/index.ts";
import type { Operation } from "../task/index.ts";
import { checkWhole, fileError } from "./errors.ts";
import type { File } from "./file.ts";
import { Procedure } from "./procedure.ts";
import type { Range } from "./ranges.ts";

/** Unmaps when no view is left, for touching one afterwards would be a crash. */
const mappings = new FinalizationRegistry(({ address, lengthBytes }: Omit<Mapping, "buffer">) => {
  syscalls.munmap(address, lengthBytes);
});

export function mapFile(file: File, { position = 0, lengthBytes }: Range): Operation<Buffer> {
  checkWhole(position, "position");
  if (lengthBytes !== undefined) checkWhole(lengthBytes, "lengthBytes");
  return new Procedure("mmap", function* () {
    const stats = yield* file.stat();
    const left = Math.max(0, stats.size - position);
    // Devices have memory, and no size.
    const max = stats.isFile() || lengthBytes === undefined ? left : lengthBytes;
    const length = Math.min(lengthBytes ?? left, max);
    return length === 0 ? Buffer.alloc(0) : mapNow(file, position, length);
  });
}

function mapNow(file: File, position: number, length: number): Buffer {
  try {
    const { address, lengthBytes, buffer } = map(length, MAP_PRIVATE, file.descriptor, position);
    mappings.register(buffer, { address, lengthBytes });
    return Buffer.from(buffer);
  } catch (error) {
    throw fileError((error as SystemError).errno, "mmap", file);
  }
}
