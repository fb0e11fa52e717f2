/** POSIX asynchronous I/O of the C library, aio(7): its threads make the calls, and a signal tells that they have. */
import { ENOSYS, systemError } from "./errno.ts";
import { addressOf, bind, bindCall, errno } from "./ffi.ts";
import { COMPLETION_SIGNAL } from "./signals.ts";
import { setUint64 } from "./words.ts";

type Call = (...args: number[]) => number;

/** sizeof(struct aiocb), and its members' offsets, in glibc. */
export const AIOCB_BYTES = 168;
export const AIOCB_FILDES = 0;
export const AIOCB_BUF = 16;
export const AIOCB_NBYTES = 24;
export const AIOCB_SIGNO = 40;
export const AIOCB_NOTIFY = 44;
export const AIOCB_OFFSET = 128;

interface Library {
  read: Call;
  write: Call;
  error: Call;
  result: Call;
  cancel: Call;
}

let library: Library | undefined;

/**
 * Binds the library's functions. The first call in the process decides the number of threads.
 *
 * @param threadsMax the calls that may block at the same time
 * @throws ENOSYS where the C library is not glibc
 */
export function openAio(threadsMax: number): void {
  if (library) return;
  try {
    library = {
      read: bindCall("aio_read", "i32", ["pointer"]),
      write: bindCall("aio_write", "i32", ["pointer"]),
      error: bindCall("aio_error", "i32", ["pointer"]),
      result: bindCall("aio_return", "i64", ["pointer"]),
      cancel: bindCall("aio_cancel", "i32", ["i32", "pointer"]),
    };
    // `struct aioinit`: threads, requests expected, three unused, users, seconds that an idle thread stays, one unused. None
    // may stay: glibc counts an idle thread as free until it has woken up, and of two calls given to one in the meantime
    // the second waits for the first, which may block for ever.
    const settings = new Int32Array(Buffer.allocUnsafeSlow(32).buffer);
    settings.set([threadsMax, threadsMax, 0, 0, 0, 0, -1, 0]);
    bind("aio_init", "void", ["pointer"])(addressOf(settings));
  } catch {
    throw systemError(-ENOSYS, "aio_init", { remedy: "POSIX aio needs the GNU C library" });
  }
}

/** An `aiocb` in native memory: one call at a time. */
export class AioControlBlock {
  private readonly address: number;
  private readonly words: Uint32Array;

  /** @param buffer has {@link AIOCB_BYTES} at `byteOffset`, where the address is */
  constructor(buffer: ArrayBuffer, byteOffset: number, address: number) {
    this.address = address;
    this.words = new Uint32Array(buffer, byteOffset, AIOCB_BYTES / 4);
    this.words[AIOCB_SIGNO / 4] = COMPLETION_SIGNAL;
  }

  /** aio_read(3). @returns 0 or -errno */
  read(fd: number, address: number, lengthBytes: number, offset: number): number {
    this.fill(fd, address, lengthBytes, offset);
    return library!.read(this.address) < 0 ? -errno() : 0;
  }

  /** aio_write(3). @returns 0 or -errno */
  write(fd: number, address: number, lengthBytes: number, offset: number): number {
    this.fill(fd, address, lengthBytes, offset);
    return library!.write(this.address) < 0 ? -errno() : 0;
  }

  /** aio_error(3): -EINPROGRESS, 0, or what else became of the call. */
  error(): number {
    return 0 - library!.error(this.address);
  }

  /** aio_return(3), once after the call has succeeded or failed: its value, or -1. */
  result(): number {
    return library!.result(this.address);
  }

  /** aio_cancel(3): ends it if no thread has begun it, which {@link error} tells then. */
  cancel(): void {
    library!.cancel(this.words[AIOCB_FILDES / 4]!, this.address);
  }

  private fill(fd: number, address: number, lengthBytes: number, offset: number): void {
    this.words[AIOCB_FILDES / 4] = fd;
    setUint64(this.words, AIOCB_BUF / 4, address);
    this.words[AIOCB_NBYTES / 4] = lengthBytes;
    setUint64(this.words, AIOCB_OFFSET / 4, offset);
  }
}
