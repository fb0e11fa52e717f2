/**
 * A write-ahead log with group commit: a record that was acknowledged survives whatever comes, even `kill -9`. Writers that
 * come while the disk is busy share its next write, so that many of them cost hardly more than one.
 *
 *     node dist/examples/write-ahead-log.js write FILE   # 16 writers, a line for each acknowledged record, without end
 *     node dist/examples/write-ahead-log.js list FILE    # a line for each record that is there
 */
import { constants, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { type Coroutine, Mutex, run, shield, spawn } from "pentio";
import { type File, open, readFile } from "pentio/fs";

/** Before each record: its length and a checksum, 32 bits each. */
const HEAD_BYTES = 8;
const LENGTH_BYTES = 4;

/** A write returns when its data is on the disk: one way to the kernel, where a write and a datasync would be two. */
const LOG_FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_DSYNC;

/** Records that reach the disk together. */
class Batch {
  readonly pieces: Uint8Array[] = [];
  committed = false;
}

export class WriteAheadLog {
  private readonly file: File;
  private readonly mutex = new Mutex();
  private batch = new Batch();
  private failure: unknown = null;

  private constructor(file: File) {
    this.file = file;
  }

  /** Opens a log, or begins one. What a crash has left half-written at its end is cut off. */
  static *open(path: string): Coroutine<WriteAheadLog> {
    const file = yield* open(path, LOG_FLAGS);
    const { lengthBytes } = recordsIn(yield* readFile(path));
    yield* file.truncate(lengthBytes);
    yield* file.sync();
    // A new log's name is the folder's, and has to reach the disk as well.
    const folder = yield* open(dirname(path));
    yield* folder.sync();
    yield* folder.close();
    return new WriteAheadLog(file);
  }

  /** Appends a record. When this returns, the record is on the disk. */
  *append(record: Uint8Array): Coroutine<void> {
    const { batch } = this;
    batch.pieces.push(headOf(record), record);
    using _lock = yield* this.mutex.lock();
    // Whoever comes first commits for all that have come by then.
    if (!batch.committed) yield* shield(() => this.commit());
  }

  close() {
    return this.file.close();
  }

  private *commit(): Coroutine<void> {
    // After a failure nobody knows what is on the disk: open the log anew.
    if (this.failure) throw this.failure;
    const { batch } = this;
    this.batch = new Batch();
    try {
      yield* this.file.writev(batch.pieces);
      batch.committed = true;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

function headOf(record: Uint8Array): Buffer {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeUInt32LE(record.length, 0);
  head.writeUInt32LE(checksum(head, record), LENGTH_BYTES);
  return head;
}

/** Of the length, too: zeros, which a crash may leave at the end of a file, are no record then. */
function checksum(head: Uint8Array, record: Uint8Array): number {
  return crc32(record, crc32(head.subarray(0, LENGTH_BYTES)));
}

/** The whole records of a log, and where they end. */
function recordsIn(bytes: Buffer): { records: Buffer[]; lengthBytes: number } {
  const records: Buffer[] = [];
  let at = 0;
  while (at + HEAD_BYTES <= bytes.length) {
    const head = bytes.subarray(at, at + HEAD_BYTES);
    const end = at + HEAD_BYTES + head.readUInt32LE(0);
    const record = bytes.subarray(at + HEAD_BYTES, end);
    if (end > bytes.length || checksum(head, record) !== head.readUInt32LE(LENGTH_BYTES)) break;
    records.push(record);
    at = end;
  }
  return { records, lengthBytes: at };
}

function* write(path: string): Coroutine<void> {
  const log = yield* WriteAheadLog.open(path);
  for (let writer = 0; writer < 16; writer++) {
    yield* spawn(function* writes() {
      for (let n = 0; ; n++) {
        const record = `writer ${writer}, record ${n} of process ${process.pid}`;
        yield* log.append(Buffer.from(record));
        console.log(record);
      }
    });
  }
}

function* list(path: string): Coroutine<void> {
  for (const record of recordsIn(yield* readFile(path)).records) console.log(record.toString());
}

if (realpathSync(process.argv[1]!) === fileURLToPath(import.meta.url)) {
  const [, , command, path] = process.argv;
  await run(() => (command === "list" ? list(path!) : write(path!)));
}
