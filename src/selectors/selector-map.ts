import type { FileObject, SelectorKey } from "./selector-key.ts";

/**
 * What is registered with a selector, as it changes: looked up by file object or descriptor, listed by descriptor in the
 * order of registration. The programs' view of the selector's own table, which only the selector writes.
 */
export class SelectorMap<D, F extends FileObject> implements ReadonlyMap<FileObject, SelectorKey<D, F>> {
  private readonly keysByFd: ReadonlyMap<number, SelectorKey<D, F>>;
  private readonly lookup: (fileobj: FileObject) => number;

  /** @param lookup the descriptor that a file object has, or had when it was registered */
  constructor(keysByFd: ReadonlyMap<number, SelectorKey<D, F>>, lookup: (fileobj: FileObject) => number) {
    this.keysByFd = keysByFd;
    this.lookup = lookup;
  }

  get size(): number {
    return this.keysByFd.size;
  }

  get(fileobj: FileObject): SelectorKey<D, F> | undefined {
    return this.keysByFd.get(this.lookup(fileobj));
  }

  has(fileobj: FileObject): boolean {
    return this.keysByFd.has(this.lookup(fileobj));
  }

  keys(): MapIterator<number> {
    return this.keysByFd.keys();
  }

  values(): MapIterator<SelectorKey<D, F>> {
    return this.keysByFd.values();
  }

  entries(): MapIterator<[number, SelectorKey<D, F>]> {
    return this.keysByFd.entries();
  }

  [Symbol.iterator](): MapIterator<[number, SelectorKey<D, F>]> {
    return this.entries();
  }

  forEach(
    callback: (
      key: SelectorKey<D, F>,
      fd: FileObject,
      map: ReadonlyMap<FileObject, SelectorKey<D, F>>,
    ) => void,
    thisArgument?: unknown,
  ): void {
    for (const [fd, key] of this.keysByFd) callback.call(thisArgument, key, fd, this);
  }
}
