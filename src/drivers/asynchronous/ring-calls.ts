import * as sys from "../../sys/index.ts";
import * as uring from "../../uring/index.ts";
import { goesOn, type SystemCall } from "../system-call.ts";

/** No argument of the call goes into the field. */
const NONE = -1;

/** The length field of an entry has 32 bits. */
const LENGTH_MAX = 0xffffffff;

/** An operation of the ring, and for each field of its entry the number of the argument that goes there. */
interface RingCall {
  readonly opcode: number;
  readonly fd: number;
  readonly address: number;
  readonly length: number;
  readonly offset: number;
  readonly flags: number;
  readonly thirdAddress: number;
}

/** The system calls that the kernel's ring has an operation for. */
const ringCalls = new Map<number, RingCall>();

function define(number: number, opcode: number, ...fields: number[]): void {
  const [fd = NONE, address = NONE, length = NONE, offset = NONE, flags = NONE, thirdAddress = NONE] = fields;
  ringCalls.set(number, { opcode, fd, address, length, offset, flags, thirdAddress });
}

// Fields: fd, address, length, offset, flags, third address.
define(sys.SYS_read, uring.IORING_OP_READ, 0, 1, 2);
define(sys.SYS_write, uring.IORING_OP_WRITE, 0, 1, 2);
define(sys.SYS_readv, uring.IORING_OP_READV, 0, 1, 2);
define(sys.SYS_writev, uring.IORING_OP_WRITEV, 0, 1, 2);
define(sys.SYS_preadv, uring.IORING_OP_READV, 0, 1, 2, 3);
define(sys.SYS_pwritev, uring.IORING_OP_WRITEV, 0, 1, 2, 3);
define(sys.SYS_fsync, uring.IORING_OP_FSYNC, 0);
define(sys.SYS_fdatasync, uring.IORING_OP_FSYNC, 0);
define(sys.SYS_ftruncate, uring.IORING_OP_FTRUNCATE, 0, NONE, NONE, 1);
define(sys.SYS_fallocate, uring.IORING_OP_FALLOCATE, 0, 3, 1, 2);
define(sys.SYS_fadvise64, uring.IORING_OP_FADVISE, 0, NONE, 2, 1, 3);
define(sys.SYS_openat, uring.IORING_OP_OPENAT, 0, 1, 3, NONE, 2);
define(sys.SYS_statx, uring.IORING_OP_STATX, 0, 1, 3, 4, 2);
define(sys.SYS_renameat2, uring.IORING_OP_RENAMEAT, 0, 1, 2, 3, 4);
define(sys.SYS_linkat, uring.IORING_OP_LINKAT, 0, 1, 2, 3, 4);
define(sys.SYS_symlinkat, uring.IORING_OP_SYMLINKAT, 1, 0, NONE, 2);
define(sys.SYS_unlinkat, uring.IORING_OP_UNLINKAT, 0, 1, NONE, NONE, 2);
define(sys.SYS_mkdirat, uring.IORING_OP_MKDIRAT, 0, 1, 2);
define(sys.SYS_fsetxattr, uring.IORING_OP_FSETXATTR, 0, 1, 3, 2, 4);
define(sys.SYS_fgetxattr, uring.IORING_OP_FGETXATTR, 0, 1, 3, 2);
define(sys.SYS_setxattr, uring.IORING_OP_SETXATTR, NONE, 1, 3, 2, 4, 0);
define(sys.SYS_getxattr, uring.IORING_OP_GETXATTR, NONE, 1, 3, 2, NONE, 0);

/** Of this kernel's ring: which system calls it makes, and how they are prepared. */
export class RingCalls {
  private readonly opcodes: ReadonlySet<number>;

  /** @param opcodes that this kernel knows */
  constructor(opcodes: ReadonlySet<number>) {
    this.opcodes = opcodes;
  }

  /** Whether the ring makes the call. */
  has({ number, args }: SystemCall): boolean {
    const ringCall = ringCalls.get(number);
    if (ringCall === undefined || !this.opcodes.has(ringCall.opcode)) return false;
    return ringCall.length === NONE || args[ringCall.length]! <= LENGTH_MAX;
  }

  /** Fills an entry with a call that it {@link has}. */
  prepare(words: Int32Array, at: number, call: SystemCall): void {
    const { number, args } = call;
    const { opcode, fd, address, length, offset, flags, thirdAddress } = ringCalls.get(number)!;
    const field = (index: number) => (index === NONE ? 0 : args[index]!);
    const from = goesOn(call) ? -1 : field(offset);
    const bits = number === sys.SYS_fdatasync ? uring.IORING_FSYNC_DATASYNC : field(flags);
    uring.prepareRw(words, at, opcode, field(fd), field(address), field(length), from, bits);
    uring.setThirdAddress(words, at, field(thirdAddress));
  }
}
