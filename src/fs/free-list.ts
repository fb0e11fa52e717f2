/** What a {@link FreeList} holds. */
export interface Listed<T> {
  /** The list's: the next one that is free. */
  nextFree: T | null;
}

/** Those that are free. The one that has been so for longest is next: so in a steady crowd each meets its memory again. */
export class FreeList<T extends Listed<T>> {
  private first: T | null = null;
  private last: T | null = null;

  add(item: T): void {
    if (this.last === null) this.first = item;
    else this.last.nextFree = item;
    this.last = item;
  }

  clear(): void {
    this.first = null;
    this.last = null;
  }

  take(): T | null {
    const item = this.first;
    if (item === null) return null;
    this.first = item.nextFree;
    if (this.first === null) this.last = null;
    item.nextFree = null;
    return item;
  }
}
