import { type Packed, packedBytes, packedFrame, writeFrame } from "../framing/index.ts";
import type { Socket } from "../net/index.ts";
import { type SendOperation, WaitQueue } from "../sync/index.ts";
import type { Operation } from "../task/index.ts";

/** Frames that wait are written together, up to about so much. */
const BATCH_BYTES = 64 * 1024;

/** Writes to a socket what is sent over a connection, first come, first served. */
export class FrameWriter {
  private readonly open: () => Socket;
  private readonly senders = new WaitQueue<SendOperation<Packed>>();
  /** Those whose frames are being written. */
  private batch: SendOperation<Packed>[] = [];
  private writing: Operation<void> | null = null;
  private readonly listener = { wake: () => this.wrote() };

  /** @param open gives the socket */
  constructor(open: () => Socket) {
    this.open = open;
  }

  push(sender: SendOperation<Packed>): void {
    this.senders.push(sender);
    this.write();
  }

  /** Takes back one that is cancelled. @returns false if it is being written */
  remove(sender: SendOperation<Packed>): boolean {
    return this.senders.remove(sender);
  }

  /** Refuses all that are not being written. */
  refuseAll(error: Error): void {
    for (const sender of this.senders.drain()) sender.refuse(error);
  }

  private write(): void {
    while (this.writing === null && !this.senders.isEmpty) {
      this.writing = this.open().write(this.nextBatch());
      if (!this.writing.start(this.listener)) return;
      this.acknowledge();
    }
  }

  private wrote(): void {
    this.acknowledge();
    this.write();
  }

  private nextBatch(): Buffer {
    const { batch } = this;
    let bytes = 0;
    while (bytes < BATCH_BYTES && !this.senders.isEmpty) {
      const sender = this.senders.shift()!;
      batch.push(sender);
      bytes += packedBytes(sender.item);
    }
    if (batch.length === 1) return packedFrame(batch[0]!.item);
    const frames = Buffer.allocUnsafe(bytes);
    let at = 0;
    for (const { item } of batch) at = writeFrame(item, frames, at);
    return frames;
  }

  private acknowledge(): void {
    const writing = this.writing!;
    const { batch } = this;
    this.writing = null;
    this.batch = [];
    const sent = writing.takeOutcome(this.listener);
    for (const sender of batch) {
      if (sent) sender.accept();
      else sender.refuse(writing.value);
    }
  }
}
