import type { ModelChoice } from "../index.ts";
import type { MachineDescription } from "../reporting/index.ts";

/** What is done to the file, in the order in which it is measured. */
export const FILE_WORKS = ["random read", "random write", "sequential read", "sequential write"] as const;
export type FileWork = (typeof FILE_WORKS)[number];

/** What everybody is measured with. */
export interface FileWorkload {
  /** Blocks that are transferred at once. Node's calls that block do one at a time. */
  readonly inFlight: number;
  /** Bytes of a block. */
  readonly size: number;
  /** Length of each measurement. */
  readonly seconds: number;
}

/** How one kind of work went. */
export interface FileFigures {
  readonly blocks: number;
  readonly seconds: number;
  /** Processor time of the process, all its threads included. */
  readonly cpuUsPerBlock: number;
  /** Blocks that were read and did not have, byte for byte, what stands in the file. */
  readonly mismatches: number;
}

/** What one model, or one of Node's own ways, came to. */
export interface FileResult {
  readonly model: string;
  readonly figures: Readonly<Record<FileWork, FileFigures>>;
  readonly threads: number;
}

/** Everything that `pentio lab --files` found; what `--json` prints. */
export interface FileLabReport extends MachineDescription {
  readonly pentio: string;
  /** When the lab began, ISO 8601. */
  readonly measuredAt: string;
  readonly options: FileWorkload & { readonly models: readonly string[] };
  readonly fileBytes: number;
  /** The model that programs get here without asking, and why. */
  readonly auto: { readonly model: ModelChoice; readonly reason: string };
  readonly results: FileResult[];
  /** Models that do not work on this machine. */
  readonly skipped: { readonly model: string; readonly reason: string }[];
  /** Models that should have worked and did not. */
  readonly failed: { readonly model: string; readonly reason: string }[];
}

/** Whether something was measured and every byte was right. */
export function everyByteWasRight({ results, failed }: FileLabReport): boolean {
  const figures = results.flatMap((result) => Object.values(result.figures));
  return figures.length > 0 && failed.length === 0 && figures.every(({ mismatches }) => mismatches === 0);
}
