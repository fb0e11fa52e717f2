const CAPACITY_MIN = 16;

/** A queue with two ends, as a ring that grows: every step costs the same however long it is. */
export class Deque<T> {
  length = 0;
  /** Its length is a power of two. */
  private ring: (T | undefined)[] = new Array(CAPACITY_MIN).fill(undefined);
  private first = 0;

  /** Adds at the end. */
  push(value: T): void {
    this.makeRoom();
    this.ring[(this.first + this.length++) & (this.ring.length - 1)] = value;
  }

  /** Adds at the front. */
  unshift(value: T): void {
    this.makeRoom();
    this.first = (this.first - 1) & (this.ring.length - 1);
    this.ring[this.first] = value;
    this.length++;
  }

  /** Takes from the front; undefined if it is empty. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const value = this.ring[this.first];
    this.ring[this.first] = undefined;
    this.first = (this.first + 1) & (this.ring.length - 1);
    this.length--;
    // What a flood of values has made grow is given back.
    if (this.length === 0 && this.ring.length > CAPACITY_MIN) this.clear();
    return value;
  }

  clear(): void {
    this.ring = new Array(CAPACITY_MIN).fill(undefined);
    this.first = 0;
    this.length = 0;
  }

  private makeRoom(): void {
    const { ring, first } = this;
    if (this.length < ring.length) return;
    const room = new Array(ring.length).fill(undefined);
    this.ring = [...ring.slice(first), ...ring.slice(0, first), ...room];
    this.first = 0;
  }
}
