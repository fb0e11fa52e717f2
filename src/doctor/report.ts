import type { MachineDescription } from "../reporting/index.ts";

/** Something is as it should be; is missing; works, and could do better. */
export type Mark = "works" | "missing" | "advice";

/** One thing that was looked at. */
export interface Finding {
  readonly mark: Mark;
  /** A sentence for people: what was found and, if it is not as it should be, why. */
  readonly reason: string;
  /** What the user can do about it; null if there is nothing to do. */
  readonly remedy: string | null;
}

/**
 * Why a model was refused: by the sysctl kernel.io_uring_disabled, a seccomp filter, a security module; because this
 * kernel has not got it, or not all the operations that it needs; for want of memory, or of file descriptors.
 */
export type Cause =
  | "sysctl"
  | "seccomp"
  | "security-module"
  | "kernel"
  | "operations"
  | "memory"
  | "descriptors"
  | "other";

/** Why a model does not work. */
export interface Refusal extends Omit<Finding, "mark"> {
  readonly cause: Cause;
}

/** An I/O model, as it was found by making its driver. */
export interface ModelFinding extends Finding {
  readonly model: string;
  readonly works: boolean;
  /** Null if it works. */
  readonly cause: Cause | null;
  /** The error's code, such as EPERM; null if it works. */
  readonly code: string | null;
  /** What bounds the connections that it can have here; null if nothing is known to, or if it does not work. */
  readonly bound: string | null;
}

/** What `auto` chooses here, and why. */
export interface AutoFinding extends Finding {
  /** Null if it finds none. */
  readonly model: string | null;
}

/** The groups in which the features of io_uring are told. */
export type FeatureGroup = "set-up flags" | "feature bits" | "operations" | "receiving";

/** Something that newer kernels have, found by trying it. */
export interface FeatureFinding {
  readonly name: string;
  readonly group: FeatureGroup;
  readonly there: boolean;
  /** The version of Linux that brought it. */
  readonly since: string;
  /** What Pentio does where it is missing. */
  readonly without: string;
}

/** The features of io_uring; what it needs to work at all is told with the model. */
export interface IoUringFindings {
  /** All IORING_FEAT_ bits of this kernel as one number. */
  readonly featureBits: number;
  /** How many operations this kernel knows. */
  readonly operations: number;
  readonly features: readonly FeatureFinding[];
}

/** A limit's value; null if it could not be read. */
export type LimitValue = number | "unlimited" | null;

/** A limit of this process or of the machine. */
export interface LimitFinding extends Finding {
  /** RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_MEMLOCK (bytes), RLIMIT_SIGPENDING, pids.max, somaxconn. */
  readonly name: string;
  /** The soft limit, where there are two. */
  readonly value: LimitValue;
  /** The hard limit: what the process may raise the soft one to; null where there is one limit only. */
  readonly hardValue: LimitValue;
}

/** A container around this process, and the sign by which it was recognised. */
export interface Container {
  readonly engine: string;
  readonly sign: string;
}

/** Everything that `pentio doctor` found; what `--json` prints. New members may join, none changes its meaning. */
export interface DoctorReport extends MachineDescription {
  pentio: string;
  /** Node's name of the processor architecture, such as x64. */
  architecture: string;
  /** Whether any model works; the exit status. */
  works: boolean;
  container: Container | null;
  /** Node's version, and whether native functions can be called. */
  foundations: (Finding & { name: string })[];
  /** Every model; none if native functions cannot be called. */
  models: ModelFinding[];
  auto: AutoFinding;
  /** What the environment variable PENTIO_MODEL asks for; null if it is not set. */
  requested: (Finding & { value: string }) | null;
  /** Null if no ring can be made, or none can be used. */
  ioUring: IoUringFindings | null;
  limits: LimitFinding[];
}
