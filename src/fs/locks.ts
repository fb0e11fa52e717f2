import {
  EAGAIN,
  F_OFD_SETLK,
  F_OFD_SETLKW,
  F_RDLCK,
  F_UNLCK,
  F_WRLCK,
  FLOCK_BYTES,
  syscalls,
} from "../sys/index.ts";
import type { Operation } from "../task/index.ts";
import type { Outcome } from "./call-operation.ts";
import * as calls from "./calls.ts";
import { checkWhole, fileError } from "./errors.ts";
import type { File } from "./file.ts";
import { FileCall } from "./file-operations.ts";
import { addressFor, room } from "./memory.ts";
import type { Range } from "./ranges.ts";

/** What is locked, and how. */
export interface LockOptions extends Range {
  /** Several may have it at once who all ask for a shared one; the file must be open for reading. Default false. */
  readonly shared?: boolean;
  /** Whether to wait for who has it. Default true. */
  readonly wait?: boolean;
}

/** A lock that is held. */
export class FileLock {
  private readonly file: File;
  private readonly range: Range;

  /** @internal */
  constructor(file: File, range: Range) {
    this.file = file;
    this.range = range;
  }

  /** Gives it back, at once. Without effect if it was or the file is closed. */
  release(): void {
    if (this.file.descriptor < 0) return;
    const bytes = lockBytes(F_UNLCK, this.range);
    const result = syscalls.fcntl(this.file.descriptor, F_OFD_SETLK, addressFor(bytes));
    if (result < 0) throw fileError(result, "fcntl", this.file);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

export function lockFile(file: File, options: LockOptions): Operation<FileLock | null> {
  const { shared = false, wait = true } = options;
  const bytes = lockBytes(shared ? F_RDLCK : F_WRLCK, options);
  const command = wait ? F_OFD_SETLKW : F_OFD_SETLK;
  const outcome: Outcome<FileLock | null> = {
    convert: () => new FileLock(file, options),
    giveBack: (lock) => lock?.release(),
    ...(wait ? {} : { nullFor: -EAGAIN }),
  };
  return new FileCall(file, calls.fcntlLock(file.descriptor, command, bytes), "fcntl", outcome, true);
}

/** `struct flock`; a length of 0 is all that follows. */
function lockBytes(type: number, { position = 0, lengthBytes = 0 }: Range): Buffer {
  const bytes = room(FLOCK_BYTES).fill(0);
  bytes.writeInt16LE(type, 0);
  bytes.writeBigInt64LE(BigInt(checkWhole(position, "position")), 8);
  bytes.writeBigInt64LE(BigInt(checkWhole(lengthBytes, "lengthBytes")), 16);
  return bytes;
}
