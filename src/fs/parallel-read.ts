import { Buffer } from "node:buffer";
import { ECANCELED } from "../sys/index.ts";
import { Operation } from "../task/index.ts";
import { checkConcurrency, type ManyOptions } from "./concurrently.ts";
import { checkWhole, wrongType } from "./errors.ts";
import type { File } from "./file.ts";
import type { FileHandle } from "./file-handle.ts";
import type { Range } from "./ranges.ts";
import type { Transfer, TransferUser } from "./transfer.ts";

/** A part of a file, and the memory that it is read into. That belongs to the kernel until the end, as of `file.read()`. */
export interface RangeInto {
  /** In bytes from the start of the file, 0 to 2^53 - 1. */
  readonly position: number;
  /** As much is read as fits. */
  readonly into: Buffer;
}

/**
 * Reads several ranges of a file at once: lio_listio(3). It costs less than as many tasks that read, most of all where the program
 * has memory for it that it uses again.
 *
 * @returns their bytes, in the order of the ranges: buffers of their own, or the very ones that were given. What lies behind the
 *   end of the file is missing: that buffer is shorter, and a part of the one that was given
 * @throws what reading throws, the first failure, when all have ended; ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE
 */
export function parallelRead(
  file: File,
  ranges: readonly (Required<Range> | RangeInto)[],
  { concurrency = 64 }: ManyOptions = {},
): Operation<Buffer[]> {
  return new ParallelRead(file, ranges, checkConcurrency(concurrency));
}

class ParallelRead extends Operation<Buffer[]> implements TransferUser {
  private readonly file: FileHandle;
  private readonly concurrency: number;
  private readonly memory: Buffer[];
  private readonly positions: number[];
  /** As promised; a buffer's own changes if the program transfers its memory. */
  private readonly lengths: number[];
  /** Bytes that were read. */
  private readonly counts: number[];
  /** All that it was given, of which some may be others' by now. */
  private readonly transfers: Transfer[] = [];
  /** The range that begins next. */
  private nextIndex = 0;
  private running = 0;
  private isSubmitting = false;
  private isEnding = false;
  private failure: { readonly error: unknown } | null = null;

  constructor(file: FileHandle, ranges: readonly (Required<Range> | RangeInto)[], concurrency: number) {
    super();
    this.file = file;
    this.concurrency = concurrency;
    const count = ranges.length;
    this.memory = new Array(count);
    this.positions = new Array(count);
    this.lengths = new Array(count);
    this.counts = new Array(count);
    for (let i = 0; i < count; i++) {
      const range = ranges[i]!;
      const memory = memoryFor(range);
      this.memory[i] = memory;
      this.positions[i] = checkWhole(range.position, "position");
      this.lengths[i] = memory.length;
      this.counts[i] = 0;
    }
  }

  override get description(): string {
    return "parallelRead";
  }

  /** Of {@link TransferUser}. */
  transferred(transfer: Transfer, result: number): void {
    const { index } = transfer;
    if (result > 0) {
      this.counts[index]! += result;
      if (this.counts[index]! < this.lengths[index]! && this.goesOn && this.isIntact(index)) {
        this.submit(transfer);
        return;
      }
    }
    if (result < 0 || !this.isIntact(index)) this.fails(index, result);
    // A driver that answers at once comes here from within, and is waited for there.
    if (this.hasNext && !this.isSubmitting) this.begins(transfer);
    else {
      this.file.giveTransfer(transfer);
      this.running--;
    }
    if (!this.isSubmitting) this.fill();
  }

  protected override begin(): void {
    if (this.file.closed) throw this.file.closedError("read");
    this.file.begins();
    this.fill();
  }

  protected override end(): void {
    this.isEnding = true;
    this.cancelAll();
  }

  /** Begins what may begin, and ends with the last. */
  private fill(): void {
    while (this.running < this.concurrency && this.hasNext) {
      const transfer = this.file.takeTransfer(false);
      transfer.user = this;
      this.transfers.push(transfer);
      this.running++;
      this.begins(transfer);
    }
    if (this.running === 0) this.settle();
  }

  private begins(transfer: Transfer): void {
    transfer.index = this.nextIndex++;
    this.isSubmitting = true;
    this.submit(transfer);
    this.isSubmitting = false;
  }

  private get hasNext(): boolean {
    return this.goesOn && this.nextIndex < this.memory.length;
  }

  private get goesOn(): boolean {
    return !this.isEnding && this.failure === null;
  }

  private isIntact(index: number): boolean {
    return this.memory[index]!.length === this.lengths[index];
  }

  private submit(transfer: Transfer): void {
    const { index } = transfer;
    const done = this.counts[index]!;
    const memory = this.memory[index]!;
    transfer.submit(done === 0 ? memory : memory.subarray(done), this.positions[index]! + done);
  }

  private fails(index: number, result: number): void {
    // One that we have cancelled ourselves.
    if (result === -ECANCELED && !this.goesOn) return;
    this.failure ??= { error: this.file.transferError(result, "read", this.isIntact(index)) };
    this.cancelAll();
  }

  private cancelAll(): void {
    for (const transfer of this.transfers) if (transfer.user === this) transfer.cancel();
  }

  private settle(): void {
    this.file.ends();
    const { memory, counts, lengths } = this;
    if (this.isEnding) this.giveUp();
    else if (this.failure) this.fail(this.failure.error);
    else {
      for (let i = 0; i < memory.length; i++)
        if (counts[i]! < lengths[i]!) memory[i] = memory[i]!.subarray(0, counts[i]);
      this.succeed(memory);
    }
  }
}

function memoryFor(range: Required<Range> | RangeInto): Buffer {
  if (!("into" in range)) return Buffer.allocUnsafeSlow(checkWhole(range.lengthBytes, "lengthBytes"));
  if (Buffer.isBuffer(range.into)) return range.into;
  throw wrongType("The memory of a range is a Buffer");
}
