import { ESPIPE } from "../sys/index.ts";
import type { Coroutine } from "../task/index.ts";
import { checkWhole, outOfRange } from "./errors.ts";
import type { File } from "./file.ts";
import { FileSource } from "./file-source.ts";
import type { Path } from "./path.ts";
import type { Source } from "./source.ts";
import { Started, stopAll } from "./started.ts";

/** How a file is read as a stream. */
export interface ChunkOptions {
  /** Bytes in a chunk, but for the last one. Default 256 KiB. */
  readonly size?: number;
  /** Chunks that are being read, or wait, ahead of the one that is taken. Default 4. */
  readonly readahead?: number;
  /** Where to begin, in bytes. Default 0. */
  readonly position?: number;
}

/** A chunk on its way. */
interface Reading {
  readonly memory: Buffer;
  readonly count: Started<number>;
}

class ChunkSource extends FileSource<Buffer> {
  private readonly size: number;
  private readonly readahead: number;
  private position: number;
  private hasPositions = true;
  private readonly reading: Reading[] = [];

  constructor(file: File | Path, { size = 256 * 1024, readahead = 4, position = 0 }: ChunkOptions) {
    super(file);
    if (checkWhole(size, "size") === 0) throw outOfRange("size must be 1 or more");
    this.size = size;
    this.readahead = checkWhole(readahead, "readahead");
    this.position = checkWhole(position, "position");
  }

  protected override *fill(): Coroutine<boolean> {
    const file = yield* this.opened();
    this.readAhead(file);
    const { memory, count } = this.reading[0]!;
    try {
      const lengthBytes = yield* count.join();
      this.reading.shift();
      if (lengthBytes > 0) this.add(memory.subarray(0, lengthBytes));
      // A pipe gives what it has; a file gives less than there is room for only at its end.
      return this.hasPositions ? lengthBytes === this.size : lengthBytes > 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).errno !== -ESPIPE || !this.hasPositions) throw error;
      this.hasPositions = false;
      yield* stopAll(this.reading.splice(0).map((refused) => refused.count));
      return yield* this.fill();
    }
  }

  protected override *release(): Coroutine<void> {
    yield* stopAll(this.reading.map(({ count }) => count));
    yield* super.release();
  }

  private readAhead(file: File): void {
    const atOnce = this.hasPositions ? this.readahead + 1 : 1;
    while (this.reading.length < atOnce) {
      const memory = Buffer.allocUnsafeSlow(this.size);
      const count = file.read(memory, this.hasPositions ? { position: this.position } : {});
      this.reading.push({ memory, count: new Started(count) });
      this.position += this.size;
    }
  }
}

/**
 * A file as a stream of chunks, in order, several being read at once: `for await (const chunk of chunks("big.bin"))`. A chunk
 * is the program's to keep. A pipe is read as it comes.
 *
 * @param file an open one, which stays open, or a path
 * @throws ERR_OUT_OF_RANGE; when it is first asked, what opening and reading throw
 */
export function chunks(file: File | Path, options: ChunkOptions = {}): Source<Buffer> {
  return new ChunkSource(file, options);
}
