/**
 * Preparing is not submitting: each function fills one submission entry (`struct io_uring_sqe`, 64 bytes), which is
 * pure memory. `words` is the ring's array of entries as 32-bit words, `at` the first word of the entry, as
 * {@link Ring.nextEntry} gives it. Addresses are plain numbers.
 */
import {
  IORING_ACCEPT_MULTISHOT,
  IORING_OP_ACCEPT,
  IORING_OP_ASYNC_CANCEL,
  IORING_OP_CLOSE,
  IORING_OP_CONNECT,
  IORING_OP_NOP,
  IORING_OP_READ,
  IORING_OP_READ_FIXED,
  IORING_OP_RECV,
  IORING_OP_SEND,
  IORING_OP_SHUTDOWN,
  IORING_OP_WRITE,
  IORING_RECV_MULTISHOT,
  IOSQE_BUFFER_SELECT,
  IOSQE_FIXED_FILE,
} from "./constants.ts";

/** An entry's length in 32-bit words. */
export const ENTRY_WORDS = 16;

const TWO_TO_32 = 4294967296;

/** The upper half of 64 bits; where the lower half says it all, without a division. */
function highWord(value: number): number {
  return (value | 0) === value ? value >> 31 : Math.floor(value / TWO_TO_32) | 0;
}

/**
 * io_uring_prep_rw(3), and what an operation has in the union of flags: for every operation that has no function of its own
 * below. Fills every field: entries are used again, and what stands in an unused field may mean something to the kernel.
 *
 * @param head opcode | flags << 8 | ioprio << 16, the entry's first word
 * @param offset the `off` or `addr2` field; -1 is all ones
 * @param operationFlags the union at byte 28
 */
export function prepareRw(
  words: Int32Array,
  at: number,
  head: number,
  fd: number,
  address: number,
  length: number,
  offset: number,
  operationFlags: number,
): void {
  words[at] = head;
  setOperands(words, at, fd, address, length, offset);
  words[at + 7] = operationFlags;
  words[at + 8] = 0;
  words[at + 9] = 0;
  words[at + 10] = 0;
  words[at + 11] = 0;
  words[at + 12] = 0;
  words[at + 13] = 0;
  words[at + 14] = 0;
  words[at + 15] = 0;
}

function setOperands(
  words: Int32Array,
  at: number,
  fd: number,
  address: number,
  length: number,
  offset: number,
): void {
  words[at + 1] = fd;
  words[at + 2] = offset | 0;
  words[at + 3] = highWord(offset);
  words[at + 4] = address | 0;
  words[at + 5] = highWord(address);
  words[at + 6] = length;
}

/** The 64 bits that come back with the completion, as two halves. */
export function setUserData(words: Int32Array, at: number, low: number, high: number): void {
  words[at + 8] = low;
  words[at + 9] = high;
}

/** The entry's descriptor is the index of a registered file, io_uring_register_files(3). */
export function setFixedFile(words: Int32Array, at: number, index: number): void {
  words[at] = words[at]! | (IOSQE_FIXED_FILE << 8);
  words[at + 1] = index;
}

/**
 * io_uring_prep_read_fixed(3): the memory of an entry of {@link prepareRead} lies within a registered buffer, of that index.
 */
export function setFixedBuffer(words: Int32Array, at: number, index: number): void {
  words[at] = (words[at]! & ~0xff) | IORING_OP_READ_FIXED;
  words[at + 10] = index;
}

/** The entry's third address, `addr3`. */
export function setThirdAddress(words: Int32Array, at: number, address: number): void {
  words[at + 12] = address | 0;
  words[at + 13] = highWord(address);
}

/** io_uring_prep_nop(3). */
export function prepareNop(words: Int32Array, at: number): void {
  prepareRw(words, at, IORING_OP_NOP, -1, 0, 0, 0, 0);
}

/** io_uring_prep_accept(3). `flags` are those of accept4(2). */
export function prepareAccept(words: Int32Array, at: number, fd: number, flags: number): void {
  prepareRw(words, at, IORING_OP_ACCEPT, fd, 0, 0, 0, flags);
}

/** io_uring_prep_multishot_accept(3): a completion for each connection, until one lacks IORING_CQE_F_MORE. Linux 5.19. */
export function prepareMultishotAccept(words: Int32Array, at: number, fd: number, flags: number): void {
  prepareRw(words, at, IORING_OP_ACCEPT | (IORING_ACCEPT_MULTISHOT << 16), fd, 0, 0, 0, flags);
}

/** io_uring_prep_connect(3). `address` is a `struct sockaddr`. */
export function prepareConnect(
  words: Int32Array,
  at: number,
  fd: number,
  address: number,
  length: number,
): void {
  prepareRw(words, at, IORING_OP_CONNECT, fd, address, 0, length, 0);
}

/** io_uring_prep_send(3). `flags` are those of send(2). */
export function prepareSend(
  words: Int32Array,
  at: number,
  fd: number,
  address: number,
  length: number,
  flags: number,
): void {
  prepareRw(words, at, IORING_OP_SEND, fd, address, length, 0, flags);
}

/** io_uring_prep_recv(3) into a buffer that the kernel picks from `group` when data arrives. Linux 5.7. */
export function prepareRecvSelect(words: Int32Array, at: number, fd: number, group: number): void {
  prepareRw(words, at, IORING_OP_RECV | (IOSQE_BUFFER_SELECT << 8), fd, 0, 0, 0, 0);
  words[at + 10] = group;
}

/** io_uring_prep_recv_multishot(3): as above, again and again, until a completion lacks IORING_CQE_F_MORE. Linux 6.0. */
export function prepareMultishotRecv(words: Int32Array, at: number, fd: number, group: number): void {
  const head = IORING_OP_RECV | (IOSQE_BUFFER_SELECT << 8) | (IORING_RECV_MULTISHOT << 16);
  prepareRw(words, at, head, fd, 0, 0, 0, 0);
  words[at + 10] = group;
}

/** io_uring_prep_read(3). `position` is in bytes from the start of the file; what has no positions ignores it. Linux 5.6. */
export function prepareRead(
  words: Int32Array,
  at: number,
  fd: number,
  address: number,
  length: number,
  position: number,
): void {
  prepareRw(words, at, IORING_OP_READ, fd, address, length, position, 0);
}

/** io_uring_prep_write(3). `position` as in {@link prepareRead}. Linux 5.6. */
export function prepareWrite(
  words: Int32Array,
  at: number,
  fd: number,
  address: number,
  length: number,
  position: number,
): void {
  prepareRw(words, at, IORING_OP_WRITE, fd, address, length, position, 0);
}

/**
 * A read or write with all that {@link setFixedFile}, {@link setFixedBuffer} and {@link setUserData} would set, in one go: going over
 * the entry again for each would double the work.
 *
 * @param head as of {@link prepareRw}
 * @param file a descriptor; with IOSQE_FIXED_FILE among the flags an index
 * @param buffer the index of a registered buffer, for operations that have one; else 0
 */
export function prepareTransfer(
  words: Int32Array,
  at: number,
  head: number,
  file: number,
  address: number,
  length: number,
  position: number,
  buffer: number,
  userDataLow: number,
  userDataHigh: number,
): void {
  // Where one like it was before, what is not written below is 0 already.
  if (words[at] !== head) {
    words[at] = head;
    words[at + 7] = 0;
    words.fill(0, at + 11, at + ENTRY_WORDS);
  }
  setOperands(words, at, file, address, length, position);
  words[at + 8] = userDataLow;
  words[at + 9] = userDataHigh;
  words[at + 10] = buffer;
}

/** io_uring_prep_shutdown(3). Linux 5.11. */
export function prepareShutdown(words: Int32Array, at: number, fd: number, how: number): void {
  prepareRw(words, at, IORING_OP_SHUTDOWN, fd, 0, how, 0, 0);
}

/** io_uring_prep_close(3). */
export function prepareClose(words: Int32Array, at: number, fd: number): void {
  prepareRw(words, at, IORING_OP_CLOSE, fd, 0, 0, 0, 0);
}

/** io_uring_prep_cancel64(3): asks for the end of the request that carries this user data. */
export function prepareCancel(
  words: Int32Array,
  at: number,
  userDataLow: number,
  userDataHigh: number,
): void {
  prepareRw(words, at, IORING_OP_ASYNC_CANCEL, -1, 0, 0, 0, 0);
  words[at + 4] = userDataLow;
  words[at + 5] = userDataHigh;
}
