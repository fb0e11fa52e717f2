import type { SystemCall } from "../loop/index.ts";
import { ENODATA, ERANGE } from "../sys/index.ts";
import type { Operation } from "../task/index.ts";
import { nothing, type Outcome } from "./call-operation.ts";
import * as calls from "./calls.ts";
import type { File } from "./file.ts";
import { FileCall } from "./file-operations.ts";
import { room } from "./memory.ts";
import { textBytes } from "./path.ts";
import { Procedure } from "./procedure.ts";

/** What mostly suffices; what is longer is asked for again. */
const BYTES_FIRST = 1024;
/** The kernel's own bound, XATTR_SIZE_MAX. */
const BYTES_MAX = 65_536;

/** A file's extended attributes, xattr(7): names as `user.comment`, values of up to 64 KiB. */
export class FileAttributes {
  private readonly file: File;

  /** @internal */
  constructor(file: File) {
    this.file = file;
  }

  /** The value, or null if there is none of that name. @throws ENOTSUP where the file system has no attributes */
  get(name: string): Operation<Buffer | null> {
    const key = textBytes(name);
    return this.ask("fgetxattr", (fd, into) => calls.getAttribute(fd, key, into));
  }

  /** The names of all. */
  list(): Operation<string[]> {
    const names = this.ask("flistxattr", calls.listAttributes);
    return new Procedure("flistxattr", function* () {
      return (yield* names)!.toString().split("\0").slice(0, -1);
    });
  }

  /** Sets one, new or not. @throws ENOSPC, E2BIG, ENOTSUP */
  set(name: string, value: Uint8Array | string): Operation<void> {
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    const call = calls.setAttribute(this.file.descriptor, textBytes(name), bytes);
    return new FileCall(this.file, call, "fsetxattr", nothing);
  }

  /** @throws ENODATA if there is none of that name */
  remove(name: string): Operation<void> {
    const call = calls.removeAttribute(this.file.descriptor, textBytes(name));
    return new FileCall(this.file, call, "fremovexattr", nothing);
  }

  private ask(syscall: string, call: (fd: number, into: Buffer) => SystemCall): Operation<Buffer | null> {
    const { file } = this;
    return new Procedure(syscall, function* () {
      for (let lengthBytes = BYTES_FIRST; ; lengthBytes = BYTES_MAX) {
        const into = room(lengthBytes);
        const convert = (length: number) => Buffer.from(into.subarray(0, length));
        const outcome: Outcome<Buffer | null> = { convert, nullFor: -ENODATA };
        try {
          return yield* new FileCall(file, call(file.descriptor, into), syscall, outcome);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).errno !== -ERANGE || lengthBytes === BYTES_MAX) throw error;
        }
      }
    });
  }
}
