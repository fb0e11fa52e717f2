/**
 * Numbers of the Linux user-space API. They are the same on x86-64 and arm64 unless said otherwise; the ABI
 * tests compare them with the headers of the machine.
 */
import { byArchitecture } from "./architecture.ts";

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

export const FD_CLOEXEC = 1;
export const F_SETFD = 2;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const F_SETOWN = 8;
export const F_SETSIG = 10;
export const F_SETOWN_EX = 15;
export const F_DUPFD_CLOEXEC = 1030;
export const F_OWNER_TID = 0;
export const O_NONBLOCK = 0o4000;
export const O_ASYNC = 0o20000;

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_TYPE = 3;
export const SO_ERROR = 4;
export const SO_LINGER = 13;
export const SO_REUSEPORT = 15;
export const SO_SNDTIMEO = 21;
export const SO_INCOMING_CPU = 49;
export const SO_COOKIE = 57;
export const IPPROTO_TCP = 6;
export const TCP_NODELAY = 1;
export const TCP_INFO = 11;
export const TCP_CLOSE = 7;
export const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 26;

/** Asks a socket when the kernel received what was read last: a `struct timespec` of 64-bit members, socket(7). */
export const SIOCGSTAMPNS_NEW = 0x80108907;

export const SHUT_WR = 1;
export const SHUT_RDWR = 2;

export const MSG_PEEK = 0x2;
export const MSG_WAITALL = 0x100;
export const MSG_NOSIGNAL = 0x4000;

export const EPOLLIN = 0x001;
export const EPOLLOUT = 0x004;
export const EPOLLERR = 0x008;
export const EPOLLHUP = 0x010;
export const EPOLLRDHUP = 0x2000;
export const EPOLLET = 0x80000000;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
/** `struct epoll_event` in 32-bit words: packed on x86-64 alone. Events come first, then user data. */
export const EPOLL_EVENT_WORDS = byArchitecture(3, 4);
export const EPOLL_DATA_WORD = byArchitecture(1, 2);
export const EPOLL_CLOEXEC = 0o2000000;

export const POLLIN = 0x001;
export const POLLOUT = 0x004;
export const POLLERR = 0x008;
export const POLLHUP = 0x010;
export const POLLNVAL = 0x020;
/** sizeof(struct pollfd) */
export const POLLFD_BYTES = 8;
/** Descriptors from this number on do not fit into the sets of select(2). */
export const FD_SETSIZE = 1024;

export const EFD_CLOEXEC = 0o2000000;
export const EFD_NONBLOCK = 0o4000;

export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const MAP_SHARED = 0x01;
export const MAP_PRIVATE = 0x02;
export const MAP_ANONYMOUS = 0x20;
export const MAP_POPULATE = 0x8000;
export const MADV_DONTFORK = 10;

/** System call numbers from the generic table: x86-64 and arm64 agree on them. */
export const SYS_io_uring_setup = 425;
export const SYS_io_uring_enter = 426;
export const SYS_io_uring_register = 427;

export const PR_SET_PDEATHSIG = 1;
export const SIGKILL = 9;
export const SIGIO = 29;
export const SIG_BLOCK = 0;
export const SIG_UNBLOCK = 1;
export const SFD_CLOEXEC = 0o2000000;
export const SFD_NONBLOCK = 0o4000;
export const SIGEV_SIGNAL = 0;
export const SIGEV_THREAD_ID = 4;
export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;
export const CLOCK_THREAD_CPUTIME_ID = 3;
export const SIGNALFD_SIGINFO_BYTES = 128;

export const RLIMIT_MEMLOCK = 8;

export const SYS_futex = byArchitecture(202, 98);
export const SYS_prlimit64 = byArchitecture(302, 261);
export const SYS_sched_setaffinity = byArchitecture(203, 122);
export const SYS_sched_getaffinity = byArchitecture(204, 123);
export const SYS_sched_setscheduler = byArchitecture(144, 119);
export const SCHED_BATCH = 3;
export const FUTEX_WAIT = 0;
export const FUTEX_WAKE = 1;
