/**
 * `grep -rIF TEXT FOLDER`, many files at once: the lines that contain a text, in all files below a folder. Binary files,
 * which have a zero byte, are left out.
 *
 *     node dist/examples/grep.js TEXT FOLDER
 */
import { Channel, type Coroutine, each, run, spawn } from "pentio";
import { readFile, walk } from "pentio/fs";

const [, , text = "", folder = "."] = process.argv;
const NEWLINE = 10;
const READERS = 16;

/** The lines of a file that contain the text, each with the file's path before it. */
function matches(path: string, bytes: Buffer): Buffer {
  if (bytes.includes(0)) return Buffer.alloc(0);
  const found: Uint8Array[] = [];
  for (let at = bytes.indexOf(text); at >= 0; ) {
    const start = at === 0 ? 0 : bytes.lastIndexOf(NEWLINE, at - 1) + 1;
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline < 0 ? bytes.length : newline;
    found.push(Buffer.from(`${path}:`), bytes.subarray(start, end), Buffer.from("\n"));
    at = end < bytes.length ? bytes.indexOf(text, end + 1) : -1;
  }
  return Buffer.concat(found);
}

function* search(paths: Channel<string>): Coroutine<void> {
  for (const path of yield* each(paths)) {
    const lines = matches(path, yield* readFile(path));
    if (lines.length > 0) process.stdout.write(lines);
    yield* each.next();
  }
}

await run(function* () {
  const paths = new Channel<string>({ capacity: READERS });
  for (let i = 0; i < READERS; i++) yield* spawn(() => search(paths));
  for (const entry of yield* each(walk(folder))) {
    if (entry.isFile()) yield* paths.send(entry.path);
    yield* each.next();
  }
  paths.close();
});
