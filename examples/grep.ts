/**
 * `grep -rIF [-n] TEXT FOLDER`, many files at once: the lines that contain a text, in all files below a folder, with their
 * numbers if they are asked for. As there, a file is binary from the first piece on that has a zero byte, and a line is if it is
 * not UTF-8; these are left out. The exit status is 0 if there was such a line, 1 if not, and 2 if something could not be read.
 *
 *     node dist/examples/grep.js [-n] TEXT FOLDER
 */
import { isUtf8 } from "node:buffer";
import { parseArgs } from "node:util";
import { Channel, type Coroutine, each, run, spawn } from "pentio";
import { chunks, type FileError, walk } from "pentio/fs";

const { values, positionals } = parseArgs({
  options: { "line-number": { type: "boolean", short: "n" } },
  allowPositionals: true,
});
const [text = "", folder = "."] = positionals;
const isNumbered = values["line-number"] ?? false;

const NEWLINE = 10;
const READERS = 16;
/** GNU grep's. */
const PIECE_BYTES = 96 * 1024;

let hasFound = false;
let hasFailed = false;

/** The matches in one file. */
class Search {
  /** Lines of output. */
  readonly found: Uint8Array[] = [];
  private readonly path: string | Buffer;
  private lineNumber = 1;

  constructor(path: string | Buffer) {
    this.path = path;
  }

  *read(): Coroutine<void> {
    /** Since the last newline. */
    let begun: Buffer[] = [];
    for (const piece of yield* each(chunks(this.path, { size: PIECE_BYTES, readahead: 0 }))) {
      if (piece.includes(0)) return;
      begun.push(piece);
      if (piece.includes(NEWLINE)) {
        const bytes = Buffer.concat(begun);
        const end = bytes.lastIndexOf(NEWLINE) + 1;
        this.search(bytes.subarray(0, end));
        begun = [bytes.subarray(end)];
      }
      yield* each.next();
    }
    this.search(Buffer.concat(begun));
  }

  /** Looks through whole lines. */
  private search(bytes: Buffer): void {
    let counted = 0;
    for (let at = bytes.indexOf(text); at >= 0 && at < bytes.length; ) {
      const start = at === 0 ? 0 : bytes.lastIndexOf(NEWLINE, at - 1) + 1;
      const newline = bytes.indexOf(NEWLINE, at);
      const end = newline < 0 ? bytes.length : newline;
      if (isNumbered) this.lineNumber += newlinesIn(bytes.subarray(counted, start));
      counted = start;
      this.match(bytes.subarray(start, end));
      at = end < bytes.length ? bytes.indexOf(text, end + 1) : -1;
    }
    if (isNumbered) this.lineNumber += newlinesIn(bytes.subarray(counted));
  }

  private match(line: Buffer): void {
    hasFound = true;
    if (!isUtf8(line)) return;
    const number = isNumbered ? `${this.lineNumber}:` : "";
    this.found.push(Buffer.from(this.path), Buffer.from(`:${number}`), line, Buffer.from("\n"));
  }
}

function newlinesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** What cannot be read is told, and the others are searched. */
function complain(error: FileError): void {
  hasFailed = true;
  console.error(`grep.js: ${error.message}`);
}

function* searchAll(paths: Channel<string | Buffer>): Coroutine<void> {
  for (const path of yield* each(paths)) {
    const search = new Search(path);
    try {
      yield* search.read();
    } catch (error) {
      complain(error as FileError);
    }
    if (search.found.length > 0) process.stdout.write(Buffer.concat(search.found));
    yield* each.next();
  }
}

await run(function* () {
  const paths = new Channel<string | Buffer>({ capacity: READERS });
  for (let i = 0; i < READERS; i++) yield* spawn(() => searchAll(paths));
  for (const entry of yield* each(walk(folder, { onError: complain }))) {
    if (entry.isFile()) yield* paths.send(entry.rawPath);
    yield* each.next();
  }
  paths.close();
});
process.exitCode = hasFailed ? 2 : hasFound ? 0 : 1;
