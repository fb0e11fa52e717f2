/**
 * System calls as thin functions: numbers in, a number out. `result >= 0` is the value, `result < 0` is -errno.
 * Pointers are addresses of pinned memory.
 */
import {
  FUTEX_WAIT,
  FUTEX_WAKE,
  SYS_futex,
  SYS_io_uring_enter,
  SYS_io_uring_register,
  SYS_io_uring_setup,
} from "./constants.ts";
import { bindCall, errno, type ForeignType } from "./ffi.ts";

type Call = (...args: number[]) => number;

const i32: ForeignType = "i32";
const u64: ForeignType = "u64";
const i64: ForeignType = "i64";
const pointer: ForeignType = "pointer";

const c_socket = bindCall<Call>("socket", i32, [i32, i32, i32]);
const c_bind = bindCall<Call>("bind", i32, [i32, pointer, i32]);
const c_listen = bindCall<Call>("listen", i32, [i32, i32]);
const c_connect = bindCall<Call>("connect", i32, [i32, pointer, i32]);
const c_accept4 = bindCall<Call>("accept4", i32, [i32, pointer, pointer, i32]);
const c_recv = bindCall<Call>("recv", i64, [i32, pointer, u64, i32]);
const c_send = bindCall<Call>("send", i64, [i32, pointer, u64, i32]);
const c_shutdown = bindCall<Call>("shutdown", i32, [i32, i32]);
const c_close = bindCall<Call>("close", i32, [i32]);
const c_setsockopt = bindCall<Call>("setsockopt", i32, [i32, i32, i32, pointer, i32]);
const c_getsockopt = bindCall<Call>("getsockopt", i32, [i32, i32, i32, pointer, pointer]);
const c_getsockname = bindCall<Call>("getsockname", i32, [i32, pointer, pointer]);
const c_getpeername = bindCall<Call>("getpeername", i32, [i32, pointer, pointer]);
const c_fcntl = bindCall<Call>("fcntl", i32, [i32, i32, i64]);
const c_ioctl = bindCall<Call>("ioctl", i32, [i32, u64, pointer]);
const c_socketpair = bindCall<Call>("socketpair", i32, [i32, i32, i32, pointer]);
const c_eventfd = bindCall<Call>("eventfd", i32, [i32, i32]);
const c_eventfd_read = bindCall<Call>("eventfd_read", i32, [i32, pointer]);
const c_epoll_create1 = bindCall<Call>("epoll_create1", i32, [i32]);
const c_epoll_ctl = bindCall<Call>("epoll_ctl", i32, [i32, i32, i32, pointer]);
const c_epoll_wait = bindCall<Call>("epoll_wait", i32, [i32, pointer, i32, i32]);
const c_poll = bindCall<Call>("poll", i32, [pointer, u64, i32]);
const c_ppoll = bindCall<Call>("ppoll", i32, [pointer, u64, pointer, pointer]);
const c_select = bindCall<Call>("select", i32, [i32, pointer, pointer, pointer, pointer]);
const c_read = bindCall<Call>("read", i64, [i32, pointer, u64]);
const c_gettid = bindCall<Call>("gettid", i32, []);
const c_pthread_sigmask = bindCall<Call>("pthread_sigmask", i32, [i32, pointer, pointer]);
const c_signalfd = bindCall<Call>("signalfd", i32, [i32, pointer, i32]);
const c_eventfd_write = bindCall<Call>("eventfd_write", i32, [i32, u64]);
const c_pread = bindCall<Call>("pread", i64, [i32, pointer, u64, i64]);
const c_pwrite = bindCall<Call>("pwrite", i64, [i32, pointer, u64, i64]);
const c_clock_gettime = bindCall<Call>("clock_gettime", i32, [i32, pointer]);
const c_timer_create = bindCall<Call>("timer_create", i32, [i32, pointer, pointer]);
const c_timer_settime = bindCall<Call>("timer_settime", i32, [pointer, i32, pointer, pointer]);
const c_timer_delete = bindCall<Call>("timer_delete", i32, [pointer]);
const c_mmap = bindCall<Call>("mmap", i64, [pointer, u64, i32, i32, i32, i64]);
const c_munmap = bindCall<Call>("munmap", i32, [pointer, u64]);
const c_madvise = bindCall<Call>("madvise", i32, [pointer, u64, i32]);
const c_syscall_enter = bindCall<Call>("syscall", i64, [i64, i32, i32, i32, i32, pointer, i64]);
const c_syscall_6 = bindCall<Call>("syscall", i64, [i64, i64, i64, i64, i64, i64, i64]);
const c_syscall_4 = bindCall<Call>("syscall", i64, [i64, i64, i64, i64, i64]);

export function socket(family: number, type: number, protocol: number): number {
  const fd = c_socket(family, type, protocol);
  return fd < 0 ? -errno() : fd;
}

export function bindAddress(fd: number, address: number, lengthBytes: number): number {
  return c_bind(fd, address, lengthBytes) < 0 ? -errno() : 0;
}

export function listen(fd: number, backlog: number): number {
  return c_listen(fd, backlog) < 0 ? -errno() : 0;
}

export function connect(fd: number, address: number, lengthBytes: number): number {
  return c_connect(fd, address, lengthBytes) < 0 ? -errno() : 0;
}

export function accept4(fd: number, flags: number): number {
  const accepted = c_accept4(fd, 0, 0, flags);
  return accepted < 0 ? -errno() : accepted;
}

export function recv(fd: number, address: number, lengthBytes: number, flags: number): number {
  const received = c_recv(fd, address, lengthBytes, flags);
  return received < 0 ? -errno() : received;
}

export function send(fd: number, address: number, lengthBytes: number, flags: number): number {
  const sent = c_send(fd, address, lengthBytes, flags);
  return sent < 0 ? -errno() : sent;
}

export function shutdown(fd: number, how: number): number {
  return c_shutdown(fd, how) < 0 ? -errno() : 0;
}

export function close(fd: number): number {
  return c_close(fd) < 0 ? -errno() : 0;
}

export function setsockopt(
  fd: number,
  level: number,
  name: number,
  address: number,
  lengthBytes: number,
): number {
  return c_setsockopt(fd, level, name, address, lengthBytes) < 0 ? -errno() : 0;
}

export function getsockopt(fd: number, level: number, name: number, address: number, length: number): number {
  return c_getsockopt(fd, level, name, address, length) < 0 ? -errno() : 0;
}

export function getsockname(fd: number, address: number, length: number): number {
  return c_getsockname(fd, address, length) < 0 ? -errno() : 0;
}

export function getpeername(fd: number, address: number, length: number): number {
  return c_getpeername(fd, address, length) < 0 ? -errno() : 0;
}

export function fcntl(fd: number, command: number, argument: number): number {
  const result = c_fcntl(fd, command, argument);
  return result < 0 ? -errno() : result;
}

/** `argument` is the address of what the request reads or writes. */
export function ioctl(fd: number, request: number, argument: number): number {
  const result = c_ioctl(fd, request, argument);
  return result < 0 ? -errno() : result;
}

export function socketpair(family: number, type: number, protocol: number, address: number): number {
  return c_socketpair(family, type, protocol, address) < 0 ? -errno() : 0;
}

export function eventfd(initial: number, flags: number): number {
  const fd = c_eventfd(initial, flags);
  return fd < 0 ? -errno() : fd;
}

/** Resets the counter to zero; -EAGAIN if it is. */
export function eventfdRead(fd: number, address: number): number {
  return c_eventfd_read(fd, address) < 0 ? -errno() : 0;
}

export function eventfdWrite(fd: number, value: number): number {
  return c_eventfd_write(fd, value) < 0 ? -errno() : 0;
}

export function epollCreate(flags: number): number {
  const fd = c_epoll_create1(flags);
  return fd < 0 ? -errno() : fd;
}

export function epollCtl(epfd: number, operation: number, fd: number, event: number): number {
  return c_epoll_ctl(epfd, operation, fd, event) < 0 ? -errno() : 0;
}

export function epollWait(epfd: number, events: number, maximum: number, timeoutMs: number): number {
  const count = c_epoll_wait(epfd, events, maximum, timeoutMs);
  return count < 0 ? -errno() : count;
}

/** `fds` is an array of `struct pollfd`. */
export function poll(fds: number, count: number, timeoutMs: number): number {
  const ready = c_poll(fds, count, timeoutMs);
  return ready < 0 ? -errno() : ready;
}

/** `timeout` is a `struct timespec`, `mask` a `sigset_t`; 0 for none. */
export function ppoll(fds: number, count: number, timeout: number, mask: number): number {
  const ready = c_ppoll(fds, count, timeout, mask);
  return ready < 0 ? -errno() : ready;
}

/** The sets are `fd_set`, the timeout a `struct timeval`; 0 for none. */
export function select(
  limit: number,
  reading: number,
  writing: number,
  exceptional: number,
  timeout: number,
): number {
  const ready = c_select(limit, reading, writing, exceptional, timeout);
  return ready < 0 ? -errno() : ready;
}

export function read(fd: number, address: number, lengthBytes: number): number {
  const count = c_read(fd, address, lengthBytes);
  return count < 0 ? -errno() : count;
}

export function pread(fd: number, address: number, lengthBytes: number, position: number): number {
  const count = c_pread(fd, address, lengthBytes, position);
  return count < 0 ? -errno() : count;
}

export function pwrite(fd: number, address: number, lengthBytes: number, position: number): number {
  const count = c_pwrite(fd, address, lengthBytes, position);
  return count < 0 ? -errno() : count;
}

/** `time` is a `struct timespec`. */
export function clockGettime(clock: number, time: number): number {
  return c_clock_gettime(clock, time) < 0 ? -errno() : 0;
}

/** `event` is a `struct sigevent`; the timer's `timer_t` is written to `timer`. */
export function timerCreate(clock: number, event: number, timer: number): number {
  return c_timer_create(clock, event, timer) < 0 ? -errno() : 0;
}

/** `value` is a `struct itimerspec`, relative. */
export function timerSet(timer: number, value: number): number {
  return c_timer_settime(timer, 0, value, 0) < 0 ? -errno() : 0;
}

export function timerDelete(timer: number): number {
  return c_timer_delete(timer) < 0 ? -errno() : 0;
}

export function gettid(): number {
  return c_gettid();
}

/** `set` and `old` are `sigset_t`; 0 for none. */
export function sigmask(how: number, set: number, old: number): number {
  // pthread functions return the error's number.
  return 0 - c_pthread_sigmask(how, set, old);
}

/** `mask` is a `sigset_t`. */
export function signalfd(fd: number, mask: number, flags: number): number {
  const result = c_signalfd(fd, mask, flags);
  return result < 0 ? -errno() : result;
}

export function mmap(
  address: number,
  lengthBytes: number,
  protection: number,
  flags: number,
  fd: number,
  offset: number,
): number {
  const mapped = c_mmap(address, lengthBytes, protection, flags, fd, offset);
  return mapped === -1 ? -errno() : mapped;
}

export function munmap(address: number, lengthBytes: number): number {
  return c_munmap(address, lengthBytes) < 0 ? -errno() : 0;
}

export function madvise(address: number, lengthBytes: number, advice: number): number {
  return c_madvise(address, lengthBytes, advice) < 0 ? -errno() : 0;
}

/** futex(2): sleeps while the word at the address has the value. @returns 0, -EAGAIN or -EINTR */
export function futexWait(address: number, value: number): number {
  return c_syscall_4(SYS_futex, address, FUTEX_WAIT, value, 0) < 0 ? -errno() : 0;
}

/** Wakes who sleeps on the word. @returns how many */
export function futexWake(address: number, count: number): number {
  return c_syscall_4(SYS_futex, address, FUTEX_WAKE, count, 0);
}

export function ioUringSetup(entries: number, parameters: number): number {
  const fd = c_syscall_4(SYS_io_uring_setup, entries, parameters, 0, 0);
  return fd < 0 ? -errno() : fd;
}

export function ioUringEnter(fd: number, toSubmit: number, minComplete: number, flags: number): number {
  const submitted = c_syscall_enter(SYS_io_uring_enter, fd, toSubmit, minComplete, flags, 0, 0);
  return submitted < 0 ? -errno() : submitted;
}

export function ioUringRegister(fd: number, opcode: number, argument: number, count: number): number {
  const result = c_syscall_4(SYS_io_uring_register, fd, opcode, argument, count);
  return result < 0 ? -errno() : result;
}

/** Any system call, by its number; arguments that it does not have are 0. */
export function systemCall(
  number: number,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
): number {
  const result = c_syscall_6(number, a, b, c, d, e, f);
  return result < 0 ? -errno() : result;
}
