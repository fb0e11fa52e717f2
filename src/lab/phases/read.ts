/** What is read. */
export interface ReadSetting {
  /** How long the sender waits before it sends, in milliseconds. */
  readonly delayMs: number;
  readonly sizeBytes: number;
}

/** One read that was made, and its moments: microseconds of the monotonic clock. */
export interface Read {
  readonly askedUs: number;
  readonly sentUs: number;
  readonly arrivedUs: number | null;
  readonly toldUs: number;
  readonly data: Buffer;
  /** Units of other work done meanwhile. */
  readonly otherWork: number;
}
