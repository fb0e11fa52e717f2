import { availableParallelism, cpus, release, totalmem, type } from "node:os";

/** The machine, and the software under Pentio. */
export interface MachineDescription {
  /** `cpus` are those that this process may use. */
  machine: { cpu: string; cpus: number; memoryBytes: number };
  /** Name and release, as uname(1) tells them. */
  kernel: string;
  /** Node's version. */
  node: string;
}

export function describeMachine(): MachineDescription {
  return {
    machine: {
      cpu: cpus()[0]?.model.trim() || process.arch,
      cpus: availableParallelism(),
      memoryBytes: totalmem(),
    },
    kernel: `${type()} ${release()}`,
    node: process.version,
  };
}
