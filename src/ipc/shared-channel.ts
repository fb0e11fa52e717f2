import { type Packed, packedBytes, packValue, unpackValue } from "../framing/index.ts";
import {
  ChannelClosedError,
  checkWhole,
  Deque,
  invalidValue,
  Outlet,
  type Receiver,
  SendOperation,
  WaitQueue,
} from "../sync/index.ts";
import { currentLoop } from "../task/index.ts";
import { invalidState, PeerEndedError } from "./errors.ts";
import { partiesOf, RECEIVES, SENDS, type SharedParties } from "./shared-parties.ts";
import { isOwned, NOTHING, SharedQueue } from "./shared-queue.ts";
import { ringMemory } from "./shared-ring.ts";
import { SharedWait } from "./shared-wait.ts";

const CAPACITY_BYTES = 256 * 1024;
const CAPACITY_BYTES_MIN = 1024;
const CAPACITY_BYTES_MAX = 2 ** 30;

/** What a thread does with a channel. */
export type SharedRole = "both" | "send" | "receive";

const roles: Readonly<Record<SharedRole, number>> = {
  both: SENDS | RECEIVES,
  send: SENDS,
  receive: RECEIVES,
};

/** By what other threads find a channel: to be passed in `workerData` or a message, and no further than this process. */
export interface SharedChannelAddress<T> {
  /** @internal */
  readonly memory: SharedArrayBuffer;
  /** For the compiler alone: what the channel carries. */
  readonly carries?: T;
}

/** How a thread takes part in a channel. */
export interface SharedChannelRole {
  /**
   * What this thread is going to do. Nobody waits in vain for threads that have ended: who receives is told when all have
   * whose role was to send, and who sends when all have whose role was to receive.
   */
  readonly role: SharedRole;
}

/** How a channel between threads behaves. */
export interface SharedChannelOptions extends SharedChannelRole {
  /** Bytes that may wait in it, rounded up to a power of two; no message is longer. 1 KiB to 1 GiB. Default: 256 KiB. */
  readonly capacityBytes?: number;
}

/**
 * A channel between threads: a bounded ring in shared memory. Any number of tasks of up to 64 threads, each of which may open it
 * as often as it likes, send and receive;
 * each value goes to one who receives, in the order of sending, as a copy that `v8.serialize` makes. A Buffer is copied
 * without being serialised. When it is full, sends wait; no wait blocks a thread, and a wait keeps the process alive.
 *
 * A thread that has ended amid has lost what it had received, and nothing else.
 */
export class SharedChannel<T = unknown> extends Outlet<T> implements Disposable {
  /** For {@link SharedChannel.open} in another thread. */
  readonly address: SharedChannelAddress<T>;
  private readonly role: SharedRole;
  private readonly queue: SharedQueue;
  private readonly parties: SharedParties;
  private readonly wait: SharedWait;
  private readonly senders = new WaitQueue<SendOperation<Packed>>();

  /** @throws ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE for options that are none */
  constructor(options: SharedChannelOptions);
  /** @internal */
  constructor(options: SharedChannelOptions, memory: SharedArrayBuffer | null, receivesAlone?: boolean);
  constructor(
    { capacityBytes = CAPACITY_BYTES, role }: SharedChannelOptions,
    memory: SharedArrayBuffer | null = null,
    receivesAlone = false,
  ) {
    super(new Deque<T>());
    if (!(role in roles)) throw invalidValue("role", Object.keys(roles), role);
    const shared = memory ?? ringMemory(roundUp(checkWhole("capacityBytes", capacityBytes, 1)));
    if (role !== "send" && isOwned(shared)) throw wrongReceiver();
    const loop = currentLoop();
    this.role = role;
    this.address = { memory: shared };
    this.parties = partiesOf(shared, loop, roles[role]);
    this.queue = new SharedQueue(shared, this.parties, receivesAlone);
    this.wait = new SharedWait(loop, this.parties, () => this.pump());
  }

  /**
   * The channel that another thread has made.
   *
   * @throws ERR_INVALID_STATE if 64 threads share it already, or it is a mailbox and the role is another than "send";
   *   ERR_INVALID_ARG_VALUE for a role that is none
   */
  static open<T = unknown>(address: SharedChannelAddress<T>, options: SharedChannelRole): SharedChannel<T> {
    return new SharedChannel<T>(options, address.memory);
  }

  /** Bytes that may wait in it. */
  get capacityBytes(): number {
    return this.queue.ring.capacityBytes;
  }

  /** Values that wait to be received. */
  override get size(): number {
    return this.queue.count + this.store.length;
  }

  override get isClosed(): boolean {
    return this.closed || this.queue.isClosed;
  }

  /**
   * Sends a value; waits while there is no room for it. A send that is cancelled has been delivered or never will be, see
   * {@link SendOperation.isDelivered}.
   *
   * @throws what `v8.serialize` throws for a function and the like; ERR_FRAME_TOO_LONG for more than fits; ERR_CHANNEL_CLOSED;
   *   ERR_PEER_ENDED if it waits and the last thread that might receive has ended; ERR_INVALID_STATE where the role is "receive"
   */
  send(value: T): SendOperation<Packed> {
    return new SendOperation(this, this.pack(value));
  }

  /** Sends if there is room. @returns false if there is none, or others wait for some @throws as {@link send} */
  trySend(value: T): boolean {
    const packed = this.pack(value);
    if (this.isClosed) throw new ChannelClosedError();
    return this.senders.isEmpty && this.queue.put(packed, 0);
  }

  /**
   * Ends the sending, for all threads: what is in the channel can still be received, then all who receive are told the end.
   * Senders that wait get ERR_CHANNEL_CLOSED.
   */
  close(): void {
    this.queue.close();
    this.pump();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Makes waiting here keep the process alive, which is the default. */
  ref(): this {
    this.wait.keepAlive(true);
    return this;
  }

  /** Lets the process, or this thread, end although something waits here. */
  unref(): this {
    this.wait.keepAlive(false);
    return this;
  }

  /** @internal */
  beginSend(operation: SendOperation<Packed>): void {
    if (this.senders.isEmpty && this.queue.put(operation.item, 0)) {
      operation.accept();
      return;
    }
    this.senders.push(operation);
    this.pump();
  }

  /** @internal */
  leaveSend(operation: SendOperation<Packed>): void {
    this.senders.remove(operation);
    this.updateWait();
  }

  /** @internal */
  override beginReceive(receiver: Receiver<T, unknown>): void {
    if (this.role === "send") throw wrongRole("receive");
    if (this.receivers.isEmpty && this.hasNext) {
      this.take(receiver);
      return;
    }
    this.receivers.push(receiver);
    this.pump();
  }

  /** @internal */
  override leaveReceive(receiver: Receiver<T, unknown>): void {
    super.leaveReceive(receiver);
    this.updateWait();
  }

  /** @internal What does not fit any more into the ring waits for who receives next in this thread. */
  override unreceive(value: T): void {
    const receiver = this.receivers.shift();
    if (receiver) receiver.deliver(value);
    else if (!this.queue.putBack(packValue(value))) this.store.unshift(value);
    this.updateWait();
  }

  protected override get hasNext(): boolean {
    if (this.store.length > 0 || this.fetch(0)) return true;
    if (!this.isClosed) return false;
    // What was sent before the close may have come after our look.
    if (this.fetch(0)) return true;
    this.endIntake(null);
    return false;
  }

  protected override take(receiver: Receiver<T, unknown> | null): T {
    const value = this.store.shift() as T;
    receiver?.deliver(value);
    return value;
  }

  /** Goes on with who waits here, as far as that is possible now. */
  private pump(): void {
    this.parties.refresh();
    while (!this.receivers.isEmpty && (this.store.length > 0 || this.fetch(RECEIVES)))
      this.take(this.receivers.shift());
    while (!this.senders.isEmpty && this.queue.put(this.senders.head!.item, SENDS))
      this.senders.shift()!.accept();
    this.updateWait();
    this.finish();
    this.updateWait();
  }

  /** Ends what waits in vain. */
  private finish(): void {
    const { receivers, senders, parties } = this;
    if (this.isClosed) {
      for (const sender of senders.drain()) sender.refuse(new ChannelClosedError());
      while (!receivers.isEmpty)
        if (this.hasNext) this.take(receivers.shift());
        else receivers.shift()?.finish(null);
    }
    if (!receivers.isEmpty && parties.haveLost(SENDS)) {
      const error = new PeerEndedError("The last thread that might have sent something has ended");
      // What the last has sent may have come after our look.
      while (!receivers.isEmpty)
        if (this.hasNext) this.take(receivers.shift());
        else receivers.shift()!.finish({ error });
    }
    if (!senders.isEmpty && parties.haveLost(RECEIVES)) {
      const error = new PeerEndedError("The last thread that might have received something has ended");
      for (const sender of senders.drain()) sender.refuse(error);
    }
  }

  /** Takes the next into our store. @param want RECEIVES to be rung when there is one @returns whether there is */
  private fetch(want: number): boolean {
    const packed = this.queue.take(want);
    if (packed === NOTHING) return false;
    this.store.push(unpackValue(packed) as T);
    return true;
  }

  private updateWait(): void {
    const { receivers, senders } = this;
    const wants = (receivers.isEmpty ? 0 : RECEIVES) | (senders.isEmpty ? 0 : SENDS);
    const unheard = this.wait.update(wants);
    // We were rung for a value that nobody wants here any more: it is for another.
    if ((unheard & RECEIVES) !== 0) this.queue.passOn();
  }

  private pack(value: T): Packed {
    if (this.role === "receive") throw wrongRole("send");
    const packed = packValue(value);
    if (this.queue.ring.holds(packed)) return packed;
    const message = `A message of ${packedBytes(packed)} bytes does not fit into a channel of ${this.capacityBytes}: give it more capacityBytes, or send it in parts`;
    throw Object.assign(new RangeError(message), { code: "ERR_FRAME_TOO_LONG" });
  }
}

function roundUp(capacityBytes: number): number {
  const bounded = Math.max(CAPACITY_BYTES_MIN, Math.min(CAPACITY_BYTES_MAX, capacityBytes));
  return 2 ** Math.ceil(Math.log2(bounded));
}

function wrongRole(what: string): Error {
  return invalidState(`This thread's role in the channel does not ${what}: open it with another role`);
}

function wrongReceiver(): Error {
  return invalidState("Only the thread that has made a mailbox receives from it: open it by openMailbox()");
}
