import type { Loop, SystemCall } from "../loop/index.ts";
import {
  type CancelledError,
  fastConstructor,
  Operation,
  type Suspension,
  type Waiter,
} from "../task/index.ts";
import { CallOperation, type Outcome } from "./call-operation.ts";
import type { FileHandle } from "./file-handle.ts";
import { NEXT } from "./transfer.ts";
import { bytesOf, type TransferWork } from "./transfer-work.ts";

/** A read or write that was cancelled when some of its bytes were transferred already. */
export interface CancelledTransfer extends CancelledError {
  /** How many bytes are in the memory, or in the file. */
  readonly bytesTransferred: number;
}

/** What a file's reads and writes wait for. The work is done by one that the file keeps. */
class TransferOperation extends Operation<number> implements Waiter {
  file!: FileHandle;
  writes!: boolean;
  data!: Uint8Array;
  /** Several pieces of memory instead of {@link data}. */
  pieces!: readonly Uint8Array[] | null;
  lengthBytes!: number;
  /** In bytes, where it begins, or {@link NEXT}. */
  position!: number;
  /** Where a read at {@link NEXT} has begun, once it has succeeded; else {@link NEXT}. */
  readAt!: number;
  work!: TransferWork | null;

  override get description(): string {
    return this.writes ? "write" : "read";
  }

  /** A coroutine waits for the work itself: so there is next to nothing to make for it, and nothing that is garbage later. */
  override [Symbol.iterator](): Iterator<Suspension, number, unknown> {
    this.useUp();
    return this.prepared()[Symbol.iterator]();
  }

  /** For the work: it has settled. */
  wake(): void {
    const work = this.work!;
    const hasSucceeded = work.takeOutcome(this);
    const { value } = work;
    if (hasSucceeded) {
      if (this.position === NEXT && !this.writes) this.readAt = work.position;
      work.release();
      this.succeed(value);
    } else this.fail(value);
  }

  protected override begin(): void {
    this.work = this.prepared();
    if (this.work.start(this)) this.wake();
  }

  protected override end(): void {
    this.work!.abort();
  }

  protected override giveBack(count: number): void {
    if (this.readAt !== NEXT) this.file.unreadBytes(this.pieces ?? [this.data], this.readAt, count);
  }

  private prepared(): TransferWork {
    const work = this.file.takeWork(this.writes);
    work.prepare(this.data, this.pieces, this.lengthBytes, this.position);
    return work;
  }
}

const ColdTransfer = fastConstructor(TransferOperation);

/**
 * What a file's reads and writes wait for.
 *
 * @param pieces several pieces of memory instead of `data`
 * @param position in bytes, where it begins, or {@link NEXT}
 */
export function transferOperation(
  file: FileHandle,
  writes: boolean,
  data: Uint8Array,
  pieces: readonly Uint8Array[] | null,
  position: number,
): Operation<number> {
  const operation = new ColdTransfer();
  operation.file = file;
  operation.writes = writes;
  operation.data = data;
  operation.pieces = pieces;
  operation.lengthBytes = bytesOf(data, pieces);
  operation.position = position;
  operation.readAt = NEXT;
  operation.work = null;
  return operation;
}

/** Waits for one system call on an open file. */
export class FileCall<T> extends CallOperation<T> {
  /** Whether it may wait for other programs, so that closing the file ends it. */
  readonly mayWait: boolean;
  private readonly file: FileHandle;

  constructor(file: FileHandle, call: SystemCall, syscall: string, outcome: Outcome<T>, mayWait = false) {
    super(call, syscall, file, outcome);
    this.file = file;
    this.mayWait = mayWait;
  }

  protected override started(): Loop {
    this.file.callBegins(this as FileCall<unknown>);
    return this.file.loop;
  }

  protected override ended(): void {
    this.file.callEnded(this as FileCall<unknown>);
  }
}

/** Waits until a file is closed, which takes as long as what is in progress on it. */
export class CloseOperation extends Operation<void> {
  private readonly file: FileHandle;

  constructor(file: FileHandle) {
    super();
    this.file = file;
  }

  finish(): void {
    this.succeed();
  }

  refuse(error: unknown): void {
    this.fail(error);
  }

  protected override begin(): void {
    this.file.beginClose(this);
  }

  protected override end(): void {
    // It goes on to its end, which what is in progress has as well.
  }
}
