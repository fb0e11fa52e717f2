import {
  addressOf,
  blockSignals,
  EAGAIN,
  EINTR,
  F_GETFL,
  F_OWNER_TID,
  F_SETFL,
  F_SETOWN_EX,
  F_SETSIG,
  O_ASYNC,
  O_NONBLOCK,
  READINESS_SIGNAL,
  SFD_CLOEXEC,
  SFD_NONBLOCK,
  SIGIO,
  SIGNALFD_SIGINFO_BYTES,
  signalSet,
  syscalls,
  systemError,
} from "../../sys/index.ts";

/** Signals that one read(2) takes. */
const SIGNALS_MAX = 64;
const WORDS = SIGNALFD_SIGINFO_BYTES / 4;
/** Members of `struct signalfd_siginfo` in words, signalfd(2). */
const SIGNO = 0;
const FD = 5;
const BAND = 7;

/**
 * The signals of this thread's descriptors, signal(7) and fcntl(2): each descriptor sends a queued real-time signal to
 * this thread when its readiness changes; they are blocked, and read from a signalfd. When the queue is full
 * (RLIMIT_SIGPENDING), the kernel sends a plain SIGIO instead.
 */
export class SignalQueue {
  /** The signalfd. */
  readonly fd: number;
  /** System calls so far. */
  calls = 0;
  private readonly signals = new Uint32Array(
    Buffer.allocUnsafeSlow(SIGNALS_MAX * SIGNALFD_SIGINFO_BYTES).buffer,
  );
  private readonly signalsAddress = addressOf(this.signals);
  /** `struct f_owner_ex`. */
  private readonly owner = new Int32Array(Buffer.allocUnsafeSlow(8).buffer);
  private readonly ownerAddress = addressOf(this.owner);

  constructor() {
    const set = signalSet(READINESS_SIGNAL, SIGIO);
    blockSignals(set);
    this.fd = syscalls.signalfd(-1, addressOf(set), SFD_CLOEXEC | SFD_NONBLOCK);
    if (this.fd < 0) throw systemError(this.fd, "signalfd");
    this.owner[0] = F_OWNER_TID;
    this.owner[1] = syscalls.gettid();
  }

  /** Has a descriptor send its signals here from now on. @returns 0 or -errno */
  add(fd: number): number {
    this.calls += 4;
    const flags = syscalls.fcntl(fd, F_GETFL, 0);
    if (flags < 0) return flags;
    let result = 0;
    // A socket that was inherited names the descriptor of who has set the flag first, until it is set anew.
    if (flags & O_ASYNC) result = syscalls.fcntl(fd, F_SETFL, flags & ~O_ASYNC);
    // The flag comes last: it is what makes the descriptor send.
    if (result >= 0) result = syscalls.fcntl(fd, F_SETOWN_EX, this.ownerAddress);
    if (result >= 0) result = syscalls.fcntl(fd, F_SETSIG, READINESS_SIGNAL);
    if (result >= 0) result = syscalls.fcntl(fd, F_SETFL, flags | O_ASYNC | O_NONBLOCK);
    return Math.min(0, result);
  }

  /** Takes signals off the queue. @returns how many; fewer than {@link SIGNALS_MAX} if no more are waiting */
  read(): number {
    this.calls++;
    const result = syscalls.read(this.fd, this.signalsAddress, SIGNALS_MAX * SIGNALFD_SIGINFO_BYTES);
    if (result >= 0) return result / SIGNALFD_SIGINFO_BYTES;
    if (result === -EAGAIN || result === -EINTR) return 0;
    throw systemError(result, "read");
  }

  /** Whether a signal says that others were lost because the queue was full. */
  isOverflow(index: number): boolean {
    return this.signals[index * WORDS + SIGNO] === SIGIO;
  }

  fdAt(index: number): number {
    return this.signals[index * WORDS + FD]!;
  }

  /** What has changed, in the POLL bits of poll(2). */
  bandAt(index: number): number {
    return this.signals[index * WORDS + BAND]!;
  }
}

/** As many signals as one {@link SignalQueue.read} can take. */
export const SIGNALS_AT_ONCE = SIGNALS_MAX;
