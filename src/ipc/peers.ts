import type { Loop } from "../loop/index.ts";
import { Bell, disownDescriptor, ownDescriptor, syscalls } from "../sys/index.ts";
import { duplicate, followLifeLine, holds, type LifeLine, openLifeLine } from "./life-line.ts";

/** By what other threads find a loop. */
export interface PeerAddress {
  /** The descriptor of its bell. */
  readonly bell: number;
  readonly line: LifeLine;
}

/** Who is told when this loop was rung, or when a thread that is known here has ended. */
export interface Listener {
  rung(): void;
}

/** Another thread's loop. */
export class Peer {
  /** Whether the thread has ended. */
  isGone = false;
  /** Ours, a duplicate. */
  private readonly bell: number;

  constructor(bell: number) {
    this.bell = bell;
    ownDescriptor(bell);
  }

  ring(): void {
    if (!this.isGone) syscalls.eventfdWrite(this.bell, 1);
  }

  leave(): void {
    this.isGone = true;
    disownDescriptor(this.bell);
    syscalls.close(this.bell);
  }
}

/** A loop among those of other threads: they ring its bell, it rings theirs, and each is told when another's thread has ended. */
export class Peers {
  readonly address: PeerAddress;
  /** How many of the threads known here have ended. */
  losses = 0;
  private readonly loop: Loop;
  private readonly listeners = new Set<Listener>();
  private readonly known = new Map<bigint, Peer>();
  private isDue = false;

  constructor(loop: Loop) {
    this.loop = loop;
    const bell = new Bell(() => {
      if (this.isDue) return;
      this.isDue = true;
      loop.runNow(this);
    });
    // After the bell: what a thread has opened last is closed first when it ends, see find.
    this.address = { bell: bell.fd, line: openLifeLine() };
  }

  /** Has somebody told of each ring, and of threads that have ended. */
  listen(listener: Listener): void {
    this.listeners.add(listener);
  }

  ignore(listener: Listener): void {
    this.listeners.delete(listener);
  }

  /** Rings our own bell. */
  ringOwn(): void {
    if (this.isDue) return;
    this.isDue = true;
    this.loop.schedule(this);
  }

  /** For the loop. */
  run(): void {
    this.isDue = false;
    for (const listener of [...this.listeners]) listener.rung();
  }

  /** The loop of another thread; null if the thread has ended. */
  find({ bell, line }: PeerAddress): Peer | null {
    const known = this.known.get(line.cookie);
    if (known) return known;
    const own = duplicate(bell);
    if (own < 0) return null;
    const peer = new Peer(own);
    // When a thread ends, its life line goes before its bell: if the one is there, the other was what we have a duplicate of.
    const isThere =
      holds(line) &&
      followLifeLine(line, () => {
        this.known.delete(line.cookie);
        peer.leave();
        this.losses++;
        this.ringOwn();
      });
    if (!isThere) {
      peer.leave();
      return null;
    }
    this.known.set(line.cookie, peer);
    return peer;
  }
}

const all = new WeakMap<Loop, Peers>();

/** What a loop knows of others; it has a bell from when it is first asked for. */
export function peersOf(loop: Loop): Peers {
  let peers = all.get(loop);
  if (!peers) {
    peers = new Peers(loop);
    all.set(loop, peers);
  }
  return peers;
}
