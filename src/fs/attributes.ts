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

  /** The value, or null if there is none of that name. @throws EOPNOTSUPP where the file system has no attributes */
  get(name: string): Operation<Buffer | null> {
    const key = textBytes(name);
    return new Procedure("fgetxattr", () =>
      this.ask("fgetxattr", (fd, into) => calls.getAttribute(fd, key, into)),
    );
  }

  /** The names of all. */
  list(): Operation<string[]> {
    const { ask } = this;
    return new Procedure("flistxattr", function* () {
      const names = yield* ask("flistxattr", calls.listAttributes);
      return names!.toString().split("\0").slice(0, -1);
    });
  }

  /** Sets one, new or not. @throws ENOSPC, E2BIG, EOPNOTSUPP */
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

  private readonly ask = function* (
    this: FileAttributes,
    syscall: string,
    call: (fd: number, into: Buffer) => ReturnType<typeof calls.listAttributes>,
  ) {
    for (let lengthBytes = BYTES_FIRST; ; lengthBytes = BYTES_MAX) {
      const into = room(lengthBytes);
      const outcome: Outcome<Buffer> = { convert: (length) => Buffer.from(into.subarray(0, length)) };
      try {
        return yield* new FileCall(this.file, call(this.file.descriptor, into), syscall, outcome);
      } catch (error) {
        const { errno } = error as NodeJS.ErrnoException;
        if (errno === -ENODATA) return null;
        if (errno !== -ERANGE || lengthBytes === BYTES_MAX) throw error;
      }
    }
  }.bind(this);
}
