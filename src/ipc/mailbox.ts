import type { SendOperation } from "../sync/index.ts";
import type { Operation } from "../task/index.ts";
import { SharedChannel, type SharedChannelAddress, type SharedChannelOptions } from "./shared-channel.ts";

/** How a mailbox behaves: as its {@link SharedChannelOptions}. */
export type MailboxOptions = Omit<SharedChannelOptions, "role">;

/**
 * Where other threads leave messages for a loop of this one: many post, one thread receives. Give the {@link address} to
 * other threads, which {@link openMailbox}.
 */
export class Mailbox<T = unknown> implements Disposable {
  private readonly channel: SharedChannel<T>;

  /** @throws ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE */
  constructor(options: MailboxOptions = {}) {
    this.channel = new SharedChannel<T>({ ...options, role: "receive" });
  }

  /** For {@link openMailbox} in another thread: in `workerData` or a message. */
  get address(): SharedChannelAddress<T> {
    return this.channel.address;
  }

  /** Messages that wait. */
  get size(): number {
    return this.channel.size;
  }

  /**
   * Waits for the next message, and takes it.
   *
   * @throws ERR_CHANNEL_CLOSED once it is closed and empty; ERR_PEER_ENDED if it is empty and all who had opened it have ended
   */
  receive(): Operation<T> {
    return this.channel.receive();
  }

  /** As {@link receive}, for loops: after the last message comes `{ done: true }`. */
  next(): Operation<IteratorResult<T, void>> {
    return this.channel.next();
  }

  /** Takes the next message if there is one. @returns undefined if there is none */
  tryReceive(): T | undefined {
    return this.channel.tryReceive();
  }

  [Symbol.asyncIterator](): AsyncIterator<T, void, undefined> {
    return this.channel[Symbol.asyncIterator]();
  }

  /** Takes no more messages: who posts is told ERR_CHANNEL_CLOSED. What waits can still be received. */
  close(): void {
    this.channel.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Makes waiting for a message keep the thread alive, which is the default. */
  ref(): this {
    this.channel.ref();
    return this;
  }

  /** Lets the thread end although it waits for a message. */
  unref(): this {
    this.channel.unref();
    return this;
  }
}

/** The mailbox of another thread, as one posts to it. */
export class RemoteMailbox<T = unknown> {
  private readonly channel: SharedChannel<T>;

  /** @internal They come from `openMailbox()`. */
  constructor(address: SharedChannelAddress<T>) {
    this.channel = SharedChannel.open(address, { role: "send" });
  }

  /**
   * Leaves a message, and wakes the loop if it waits for one; waits itself while the mailbox is full.
   *
   * @throws as `SharedChannel.send`: ERR_PEER_ENDED if it is full and its thread has ended
   */
  post(message: T): SendOperation<Buffer> {
    return this.channel.send(message);
  }

  /** Leaves a message if there is room. @returns false if there is none */
  tryPost(message: T): boolean {
    return this.channel.trySend(message);
  }
}

/** Opens another thread's mailbox, to post to it. @throws ERR_INVALID_STATE if 63 threads have it open already */
export function openMailbox<T = unknown>(address: SharedChannelAddress<T>): RemoteMailbox<T> {
  return new RemoteMailbox(address);
}
