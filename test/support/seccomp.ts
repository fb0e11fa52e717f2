/** Seccomp filters: system calls that the kernel itself refuses, as it does in containers. */

const isX64 = process.arch === "x64";

/** System call numbers of this machine. */
const NUMBERS = {
  io_uring_setup: 425,
  io_uring_enter: 426,
  io_uring_register: 427,
  epoll_create1: isX64 ? 291 : 20,
  eventfd2: isX64 ? 290 : 19,
  signalfd4: isX64 ? 289 : 74,
  timerfd_create: isX64 ? 283 : 85,
  socket: isX64 ? 41 : 198,
  socketpair: isX64 ? 53 : 199,
  ppoll: isX64 ? 271 : 73,
  pselect6: isX64 ? 270 : 72,
  recvfrom: isX64 ? 45 : 207,
  clone: isX64 ? 56 : 220,
  clone3: 435,
};

export type SystemCall = keyof typeof NUMBERS;

export const IO_URING_CALLS: readonly SystemCall[] = [
  "io_uring_setup",
  "io_uring_enter",
  "io_uring_register",
];

const LOAD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
const SECCOMP_RET_ERRNO = 0x00050000;
const SECCOMP_RET_ALLOW = 0x7fff0000;

/** The filter as an array of `struct sock_filter`, in hexadecimal. */
function filterProgram(calls: readonly SystemCall[], errno: number): string {
  const instructions = [
    // The first word of struct seccomp_data is the system call's number.
    [LOAD, 0, 0, 0],
    ...calls.flatMap((call) => [
      [JUMP_IF_EQUAL, 0, 1, NUMBERS[call]],
      [RETURN, 0, 0, SECCOMP_RET_ERRNO | errno],
    ]),
    [RETURN, 0, 0, SECCOMP_RET_ALLOW],
  ] as [code: number, ifTrue: number, ifFalse: number, operand: number][];
  const bytes = Buffer.alloc(8 * instructions.length);
  for (const [i, [code, ifTrue, ifFalse, operand]] of instructions.entries()) {
    bytes.writeUInt16LE(code, 8 * i);
    bytes[8 * i + 2] = ifTrue;
    bytes[8 * i + 3] = ifFalse;
    bytes.writeUInt32LE(operand, 8 * i + 4);
  }
  return bytes.toString("hex");
}

const launcher = `
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
program = bytes.fromhex(sys.argv[1])
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]
for arguments in [
    (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
    (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Program(len(program) // 8, program)), 0, 0),
]:
    if libc.prctl(*arguments) != 0:
        sys.exit("prctl: " + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[2], sys.argv[2:])
`;

/** What starts a command under a filter that answers these system calls with an errno. Needs python3. */
export function underFilter(calls: readonly SystemCall[], errno: number): string[] {
  return ["python3", "-c", launcher, filterProgram(calls, errno)];
}

/**
 * Lines of a program that put its own thread under such a filter, so that Node itself has started before; see
 * {@link startProgram}.
 */
export function installFilter(calls: readonly SystemCall[], errno: number): string {
  return `
import { addressOf, bind } from "$src/sys/ffi.js";
const filter = Buffer.alloc(${8 * (2 * calls.length + 2)}, "${filterProgram(calls, errno)}", "hex");
const program = Buffer.alloc(16);
program.writeUInt16LE(filter.length / 8);
program.writeBigUInt64LE(BigInt(addressOf(filter)), 8);
const prctl = bind("prctl", "i32", ["i32", "u64", "pointer", "u64", "u64"]);
const PR_SET_NO_NEW_PRIVS = 38, PR_SET_SECCOMP = 22, SECCOMP_MODE_FILTER = 2;
if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) !== 0) throw new Error("PR_SET_NO_NEW_PRIVS");
if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, addressOf(program), 0, 0) !== 0) throw new Error("PR_SET_SECCOMP");
`;
}
