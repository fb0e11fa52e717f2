import { inspect } from "node:util";
import { EINTR } from "../sys/index.ts";
import { alreadyRegistered, closedError, invalidArgument, notRegistered } from "./errors.ts";
import { checkEvents, checkNumber, descriptorOf, type FileObject, type SelectorKey } from "./selector-key.ts";
import { SelectorMap } from "./selector-map.ts";

/** The longest wait of one system call, the kernel's `int` of milliseconds: longer ones take several. */
const WAIT_MS_MAX = 0x7fffffff;

/** `data` as a last argument: it may be left out where the selector's data may be undefined. */
export type DataArgument<D> = undefined extends D ? [data?: D] : [data: D];

/**
 * Python's `selectors` for TypeScript: says which of many file objects are ready, for programs that run a loop of their
 * own. The rules are those of CPython's module, with milliseconds for seconds.
 *
 * {@link select} blocks the thread inside the system call. There is no loop of Pentio's or Node's under it: Node's timers,
 * promises, streams and signal listeners wait until the program returns to Node. A signal without a listener does what
 * it does by default, so that Ctrl-C ends such a program; one with a listener is only noted, and the wait goes on. A
 * Worker that blocks cannot be terminated before `select` returns.
 *
 * @typeParam D what `data` is, in each key
 * @typeParam F what is registered: any file object, or one kind of them
 */
export abstract class Selector<D = unknown, F extends FileObject = FileObject> implements Disposable {
  private readonly keys = new Map<number, SelectorKey<D, F>>();
  private map: SelectorMap<D, F> | null = new SelectorMap(this.keys, (fileobj) => this.lookup(fileobj));

  /**
   * Watches a file object.
   *
   * @param events EVENT_READ, EVENT_WRITE, or both joined by `|`
   * @param data the program's own, to be found in the key again
   * @throws ERR_ALREADY_REGISTERED for a descriptor that is watched already, even as another object;
   *   ERR_INVALID_ARG_VALUE for other events and for what has no descriptor; ERR_SELECTOR_CLOSED; what the system says
   */
  register(fileobj: F, events: number, ...data: DataArgument<D>): SelectorKey<D, F> {
    this.checkOpen();
    checkEvents(events);
    const fd = this.lookup(fileobj);
    if (this.keys.has(fd)) throw alreadyRegistered(fileobj, fd);
    this.watch(fd, events);
    return this.keep({ fileobj, fd, events, data: data[0] as D });
  }

  /**
   * Stops watching. Works for what was closed in the meantime too: such an object is known by its identity. Do it before
   * closing where you can, for the number may soon belong to another file.
   *
   * @returns the key that it had
   * @throws ERR_NOT_REGISTERED, ERR_INVALID_ARG_VALUE, ERR_SELECTOR_CLOSED
   */
  unregister(fileobj: FileObject): SelectorKey<D, F> {
    const key = this.getKey(fileobj);
    this.keys.delete(key.fd);
    this.forget(key.fd);
    return key;
  }

  /**
   * Watches for other events, or keeps other data. Other data alone costs no system call. As in Python, data that is left
   * out becomes undefined.
   *
   * As in Python, a file object whose change fails is unregistered; and PollSelector and EpollSelector take events that there
   * are not, and 0, which stand in the key and never come in.
   *
   * @returns the new key
   * @throws ERR_NOT_REGISTERED; ERR_INVALID_ARG_VALUE for other events, on SelectSelector, and for what is no number; what the
   *   system says, such as ENOENT where the descriptor was closed and reused behind the selector's back; ERR_SELECTOR_CLOSED
   */
  modify(fileobj: FileObject, events: number, ...data: DataArgument<D>): SelectorKey<D, F> {
    const key = this.getKey(fileobj);
    if (events === key.events) {
      return data[0] === key.data ? key : this.keep({ ...key, data: data[0] as D });
    }
    try {
      checkNumber(events);
      this.change(key.fd, events, fileobj);
    } catch (error) {
      this.unregister(fileobj);
      throw error;
    }
    return this.keep({ ...key, events, data: data[0] as D });
  }

  /**
   * Waits until something is ready, and blocks the thread meanwhile: see the class.
   *
   * @param timeoutMs how long to wait at most, in milliseconds, never shorter; 0 or less only looks; without it, for ever.
   *   A signal does not end the wait: it goes on for the time that is left
   * @returns keys with the events that are in, of those asked for; none when the time is up. An error or a hang-up counts
   *   as whatever was asked for, and the next read or write tells what it is
   * @throws ERR_SELECTOR_CLOSED; ERR_INVALID_ARG_VALUE for a timeout that is no number; what the system says
   */
  select(timeoutMs = Number.POSITIVE_INFINITY): [key: SelectorKey<D, F>, events: number][] {
    this.checkOpen();
    const deadline = performance.now() + checkTimeout(timeoutMs);
    for (let leftMs = timeoutMs; ; leftMs = deadline - performance.now()) {
      const count = this.wait(leftMs === Number.POSITIVE_INFINITY ? -1 : within(leftMs));
      if (count > 0) return this.collect(count);
      if (count !== -EINTR && performance.now() >= deadline) return [];
    }
  }

  /**
   * The key of a file object.
   *
   * @throws ERR_NOT_REGISTERED, ERR_INVALID_ARG_VALUE, ERR_SELECTOR_CLOSED
   */
  getKey(fileobj: FileObject): SelectorKey<D, F> {
    this.checkOpen();
    const fd = this.lookup(fileobj);
    const key = this.keys.get(fd);
    if (!key) throw notRegistered(fileobj, fd);
    return key;
  }

  /** What is registered, as it changes; null once the selector is closed. */
  getMap(): ReadonlyMap<FileObject, SelectorKey<D, F>> | null {
    return this.map;
  }

  /** Forgets all that is registered, and closes none of it. Closing twice does no harm. */
  close(): void {
    this.keys.clear();
    this.map = null;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @throws ERR_SELECTOR_CLOSED */
  protected checkOpen(): void {
    if (!this.map) throw closedError();
  }

  /** @internal The keys in the order of registration. */
  protected registered(): Iterable<SelectorKey<D, F>> {
    return this.keys.values();
  }

  /** @internal The key of a descriptor that the kernel has named; none if it was closed after it was unregistered. */
  protected keyOf(fd: number): SelectorKey<D, F> | undefined {
    return this.keys.get(fd);
  }

  /** @internal Begins to watch. @throws what the system says */
  protected abstract watch(fd: number, events: number): void;

  /** @internal Goes on for other events. @param fileobj as the program names it @throws what the system says */
  protected abstract change(fd: number, events: number, fileobj: FileObject): void;

  /** @internal Ends watching, as far as the descriptor still is what it was. */
  protected abstract forget(fd: number): void;

  /** @internal @param timeoutMs -1 for ever @returns how many are ready, or -EINTR @throws what the system says */
  protected abstract wait(timeoutMs: number): number;

  /** @internal What the last wait has found. */
  protected abstract collect(count: number): [SelectorKey<D, F>, number][];

  private keep(key: SelectorKey<D, F>): SelectorKey<D, F> {
    this.keys.set(key.fd, key);
    return key;
  }

  /** The descriptor of a file object, or the one that it had when it was registered. */
  private lookup(fileobj: FileObject): number {
    try {
      return descriptorOf(fileobj);
    } catch (error) {
      for (const key of this.keys.values()) if (key.fileobj === fileobj) return key.fd;
      throw error;
    }
  }
}

function within(leftMs: number): number {
  return Math.min(Math.max(leftMs, 0), WAIT_MS_MAX);
}

function checkTimeout(timeoutMs: unknown): number {
  if (typeof timeoutMs === "number" && !Number.isNaN(timeoutMs)) return timeoutMs;
  throw invalidArgument(
    `Invalid timeout ${inspect(timeoutMs)}: give milliseconds, or nothing to wait for ever`,
  );
}
