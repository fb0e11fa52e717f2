import { CALL, type Continuation, READ, Request, WRITE } from "../loop/index.ts";
import {
  knownAddress,
  SYS_preadv,
  SYS_pwritev,
  SYS_read,
  SYS_readv,
  SYS_write,
  SYS_writev,
  setUint64,
} from "../sys/index.ts";
import type { FileHandle } from "./file-handle.ts";
import { addressFor } from "./memory.ts";

/** The position of a transfer that goes on where the one before has ended. */
export const NEXT = -1;

/** Pieces that one call takes at most: IOV_MAX. */
const PIECES_MAX = 1024;

/** Memory up to this length stays referenced after its transfer. */
const KEPT_BYTES_MAX = 64 * 1024;

/** Whose transfers they are. */
export interface TransferUser {
  /** @param result how many bytes, 0 at the end of the file, or -errno */
  transferred(transfer: Transfer, result: number): void;
}

/** What one operation has in the kernel. A file keeps them for the next, for each costs more than an operation. */
export class Transfer implements Continuation {
  user: TransferUser | null = null;
  /** Which of its user's it is, where that has several. */
  index = 0;
  private readonly file: FileHandle;
  private readonly writes: boolean;
  private readonly request: Request;
  /** What it last transferred, if that is small: looking it up costs more than anything else here. */
  private view: Uint8Array | null = null;
  /** All the memory that it is a part of, and where that begins. */
  private memory: ArrayBufferLike | null = null;
  private memoryAddress = -1;
  /** For what READ and WRITE cannot: several pieces, and what has no positions. */
  private call: Request | null = null;

  constructor(file: FileHandle, writes: boolean) {
    this.file = file;
    this.writes = writes;
    this.request = new Request(writes ? WRITE : READ, file.descriptor, this);
    this.request.isDirect = file.isDirect;
  }

  submit(data: Uint8Array, position: number): void {
    const { request } = this;
    // Even asking a view for its memory is a call out of compiled code.
    if (data === this.view) request.stay(request.address);
    else this.lookUp(data);
    request.data = data;
    request.position = position;
    this.file.loop.submit(request);
  }

  /** read(2) or write(2), for what has no positions. */
  submitNext(data: Uint8Array): void {
    const { fd } = this.request;
    this.submitCall(this.writes ? SYS_write : SYS_read, [fd, addressFor(data), data.length], data);
  }

  /** preadv(2) or pwritev(2); at {@link NEXT} readv(2) or writev(2), for what has no positions. */
  submitVector(pieces: readonly Uint8Array[], position: number): void {
    const count = Math.min(pieces.length, PIECES_MAX);
    // `struct iovec`: address and length, 64 bits each.
    const vectors = new Uint32Array(4 * count);
    for (let i = 0; i < count; i++) {
      const piece = pieces[i]!;
      setUint64(vectors, 4 * i, addressFor(piece));
      setUint64(vectors, 4 * i + 2, piece.length);
    }
    const address = addressFor(new Uint8Array(vectors.buffer));
    const { writes } = this;
    const { fd } = this.request;
    const memory = [vectors, pieces];
    if (position === NEXT) this.submitCall(writes ? SYS_writev : SYS_readv, [fd, address, count], memory);
    else this.submitCall(writes ? SYS_pwritev : SYS_preadv, [fd, address, count, position], memory);
  }

  cancel(): void {
    this.file.loop.cancel(this.request);
    if (this.call) this.file.loop.cancel(this.call);
  }

  complete(request: Request, result: number): void {
    request.call = null;
    this.user!.transferred(this, result);
  }

  /** Where the data is, if its memory stays there; else that is left to the driver, which copies what is small and only written. */
  private lookUp(data: Uint8Array): void {
    const { request } = this;
    const memory = data.buffer;
    if (memory === this.memory) {
      this.view = data;
      request.stay(this.memoryAddress + data.byteOffset);
      return;
    }
    const mayCopy = this.writes && !this.file.isDirect;
    const address = mayCopy ? knownAddress(data) : addressFor(data);
    request.moveTo(address);
    // What is large would live for as long as the file is open, and the look-up is little beside its bytes.
    const isKept = address >= 0 && memory.byteLength <= KEPT_BYTES_MAX;
    this.view = isKept ? data : null;
    this.memory = isKept ? memory : null;
    this.memoryAddress = address - data.byteOffset;
  }

  private submitCall(number: number, args: readonly number[], memory: unknown): void {
    this.call ??= new Request(CALL, -1, this);
    this.call.call = { number, args, memory };
    this.file.loop.submit(this.call);
  }
}

/** Several that always have the same user, who has many: for that no transfer has to be told each time whose it is. */
export class TransferGroup implements TransferUser {
  user: TransferUser | null = null;
  private readonly file: FileHandle;
  private readonly transfers: Transfer[] = [];

  constructor(file: FileHandle) {
    this.file = file;
  }

  /** The `index`-th; up to that one they are made as they are needed, in order. */
  at(index: number): Transfer {
    if (index === this.transfers.length) {
      const transfer = new Transfer(this.file, false);
      transfer.user = this;
      this.transfers.push(transfer);
    }
    return this.transfers[index]!;
  }

  cancel(): void {
    for (const transfer of this.transfers) transfer.cancel();
  }

  transferred(transfer: Transfer, result: number): void {
    this.user!.transferred(transfer, result);
  }
}
