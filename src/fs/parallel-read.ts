import { Buffer } from "node:buffer";
import { ECANCELED } from "../sys/index.ts";
import { Operation } from "../task/index.ts";
import { checkConcurrency, type ManyOptions } from "./concurrently.ts";
import { checkWhole, wrongType } from "./errors.ts";
import type { File } from "./file.ts";
import type { FileHandle } from "./file-handle.ts";
import type { Range } from "./ranges.ts";
import type { Transfer, TransferGroup, TransferUser } from "./transfer.ts";

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
  /** Bytes so far of ranges that were not read in one go. */
  private counts: Map<number, number> | null = null;
  private transfers: TransferGroup | null = null;
  /** One that is being submitted, until its driver answers; which it may do at once. */
  private submitting: Transfer | null = null;
  /** The range that begins next. */
  private nextIndex = 0;
  private running = 0;
  /** Whether more may begin. */
  private goesOn = true;
  private isCancelled = false;
  private failure: { readonly error: unknown } | null = null;

  constructor(file: FileHandle, ranges: readonly (Required<Range> | RangeInto)[], concurrency: number) {
    super();
    this.file = file;
    this.concurrency = concurrency;
    const count = ranges.length;
    this.memory = new Array(count);
    this.positions = new Array(count);
    this.lengths = new Array(count);
    for (let i = 0; i < count; i++) {
      const range = ranges[i]!;
      const memory = memoryFor(range);
      this.memory[i] = memory;
      this.positions[i] = checkWhole(range.position, "position");
      this.lengths[i] = memory.length;
    }
  }

  override get description(): string {
    return "parallelRead";
  }

  /** Of {@link TransferUser}. */
  transferred(transfer: Transfer, result: number): void {
    const { index } = transfer;
    const isDone = result === this.lengths[index] && this.isIntact(index);
    if (!isDone && this.continues(transfer, result)) return;
    if (this.submitting === transfer) {
      this.submitting = null;
      return;
    }
    this.readNext(transfer);
    if (this.running === 0) this.settle();
  }

  protected override begin(): void {
    if (this.file.closed) throw this.file.closedError("read");
    this.file.begins();
    this.transfers = this.file.takeReads(this);
    for (let i = 0; i < this.concurrency && this.hasNext; i++) {
      this.running++;
      this.readNext(this.transfers.at(i));
    }
    if (this.running === 0) this.settle();
  }

  protected override end(): void {
    this.isCancelled = true;
    this.stop();
  }

  private get hasNext(): boolean {
    return this.nextIndex < this.memory.length && this.goesOn;
  }

  /** Reads the next range; and the one after that, if it is read at once. */
  private readNext(transfer: Transfer): void {
    while (this.hasNext) {
      const index = this.nextIndex++;
      transfer.index = index;
      this.submitting = transfer;
      transfer.submit(this.memory[index]!, this.positions[index]!);
      if (this.submitting !== null) {
        this.submitting = null;
        return;
      }
    }
    this.running--;
  }

  /** Goes on with a range that was not read in one go. @returns whether it does */
  private continues(transfer: Transfer, result: number): boolean {
    const { index } = transfer;
    this.counts ??= new Map();
    const count = (this.counts.get(index) ?? 0) + Math.max(result, 0);
    this.counts.set(index, count);
    if (result < 0 || !this.isIntact(index)) this.fails(result, index);
    if (result <= 0 || count === this.lengths[index] || !this.goesOn) return false;
    transfer.submit(this.memory[index]!.subarray(count), this.positions[index]! + count);
    return true;
  }

  private isIntact(index: number): boolean {
    return this.memory[index]!.length === this.lengths[index];
  }

  private fails(result: number, index: number): void {
    // One that we have cancelled ourselves.
    if (result === -ECANCELED && !this.goesOn) return;
    this.failure ??= { error: this.file.transferError(result, "read", this.isIntact(index)) };
    this.stop();
  }

  private stop(): void {
    this.goesOn = false;
    this.transfers?.cancel();
  }

  private settle(): void {
    this.file.giveReads(this.transfers!);
    this.file.ends();
    if (this.isCancelled) this.giveUp();
    else if (this.failure) this.fail(this.failure.error);
    else {
      this.cutShort();
      this.succeed(this.memory);
    }
  }

  /** What lies behind the end of the file is missing. */
  private cutShort(): void {
    const { memory, lengths } = this;
    for (const [index, count] of this.counts ?? [])
      if (count < lengths[index]!) memory[index] = memory[index]!.subarray(0, count);
  }
}

function memoryFor({ into, lengthBytes }: Partial<Required<Range> & RangeInto>): Buffer {
  if (into === undefined) return Buffer.allocUnsafeSlow(checkWhole(lengthBytes!, "lengthBytes"));
  if (Buffer.isBuffer(into)) return into;
  throw wrongType("The memory of a range is a Buffer");
}
