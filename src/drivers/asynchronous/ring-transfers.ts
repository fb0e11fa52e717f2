import type { SlabPool } from "../../sys/index.ts";
import {
  IORING_OP_READ,
  IORING_OP_READ_FIXED,
  IORING_OP_WRITE,
  IOSQE_FIXED_FILE,
  prepareTransfer,
  type Ring,
} from "../../uring/index.ts";
import { PositionlessDescriptors } from "../positionless-descriptors.ts";
import { READ, type Request, transferAddress, transferBytes } from "../request.ts";
import { FixedBuffers } from "./fixed-buffers.ts";
import { FixedFiles } from "./fixed-files.ts";
import { NONE } from "./ring-table.ts";

/** Reads and writes of files as entries of a ring, and what is known of their descriptors and of their memory. */
export class RingTransfers {
  private readonly ring: Ring;
  private readonly pool: SlabPool;
  private readonly positionless = new PositionlessDescriptors();
  private readonly files: FixedFiles;
  private readonly buffers: FixedBuffers;

  constructor(ring: Ring, pool: SlabPool) {
    this.ring = ring;
    this.pool = pool;
    this.files = new FixedFiles(ring);
    this.buffers = new FixedBuffers(ring);
  }

  /** System calls so far. */
  get calls(): number {
    return this.positionless.calls + this.files.calls + this.buffers.calls;
  }

  /** Whether a descriptor has no positions. The kernel would pass over them, and take what others wait for. */
  refuses(fd: number): boolean {
    return this.positionless.has(fd);
  }

  /** Notes a transfer. @returns false if the descriptor has no positions */
  begins(request: Request): boolean {
    const { fd } = request;
    const file = this.files.indexOf(fd);
    request.registeredFile = file;
    // What is registered has been asked.
    if (file !== NONE) return true;
    if (this.refuses(fd)) return false;
    this.files.note(fd);
    return true;
  }

  prepare(at: number, request: Request): void {
    const { fd, registeredFile: file, position, slot, generation } = request;
    const address = transferAddress(request, this.pool);
    const buffer = request.kind === READ ? this.buffers.indexFor(request, address) : NONE;
    const read = buffer === NONE ? IORING_OP_READ : IORING_OP_READ_FIXED;
    const opcode = request.kind === READ ? read : IORING_OP_WRITE;
    const flags = file === NONE ? 0 : IOSQE_FIXED_FILE;
    prepareTransfer(
      this.ring.entries,
      at,
      opcode | (flags << 8),
      file === NONE ? fd : file,
      address,
      transferBytes(request),
      position,
      buffer === NONE ? 0 : buffer,
      slot,
      generation,
    );
  }

  /** The descriptor is about to be closed. */
  forget(fd: number): void {
    this.positionless.forget(fd);
    this.files.forget(fd);
  }

  /** The ring is about to be closed. */
  close(): void {
    this.buffers.close();
  }
}
