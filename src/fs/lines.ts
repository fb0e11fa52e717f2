import type { Coroutine } from "../task/index.ts";
import { chunks } from "./chunks.ts";
import type { File } from "./file.ts";
import type { Path } from "./path.ts";
import { Source } from "./source.ts";

const NEWLINE = 10;

/** Bytes that are read at once; the next ones are on their way meanwhile. */
const READ_BYTES = 64 * 1024;

class LineSource extends Source<string> {
  private readonly bytes: Source<Uint8Array>;
  /** The beginning of a line whose end has not come. */
  private begun: Uint8Array[] = [];

  constructor(bytes: Source<Uint8Array>) {
    super();
    this.bytes = bytes;
  }

  protected override *fill(): Coroutine<boolean> {
    for (;;) {
      const { done, value } = yield* this.bytes.next();
      if (done) {
        const last = Buffer.concat(this.begun).toString();
        if (last !== "") this.addLine(last);
        return false;
      }
      const end = value.lastIndexOf(NEWLINE);
      if (end < 0) {
        this.begun.push(value);
        continue;
      }
      const whole = Buffer.concat([...this.begun, value.subarray(0, end)]).toString();
      this.begun = end + 1 < value.length ? [value.subarray(end + 1)] : [];
      for (const line of whole.split("\n")) this.addLine(line);
      return true;
    }
  }

  protected override *release(): Coroutine<void> {
    yield* this.bytes.return();
  }

  private addLine(line: string): void {
    this.add(line.endsWith("\r") ? line.slice(0, -1) : line);
  }
}

/**
 * The lines of a file as a stream, as text (UTF-8) without their ends, `\n` or `\r\n`: `for await (const line of
 * lines("server.log"))`.
 *
 * @param file an open one, which stays open, a path, or a stream of bytes such as `tail()`
 * @throws when it is first asked, what opening and reading throw
 */
export function lines(file: File | Path | Source<Uint8Array>): Source<string> {
  return new LineSource(file instanceof Source ? file : chunks(file, { size: READ_BYTES, readahead: 1 }));
}
