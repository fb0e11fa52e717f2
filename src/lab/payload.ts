/** Odd, so that multiplying by it modulo 2^32 maps different numbers to different numbers. */
const SEED_FACTOR = 0x9e3779b1;
const WORD_STEP = 0x85ebca6b;

/**
 * What one connection sends: other bytes for every request. No two of the first 2^32 requests of a run, on whichever
 * connections, have the same 32-bit word at the same place, so a stale or misrouted reply is wrong in every word.
 * (Requests of fewer than 4 bytes have only the lower bytes of theirs.)
 */
export class Payload {
  /** The present request. */
  readonly bytes: Buffer;
  /** How many requests there have been. */
  request = 0;
  private readonly words: Int32Array;
  private readonly connection: number;
  private readonly connections: number;

  /**
   * @param connection a number from 0, different for each of the `connections`
   */
  constructor(sizeBytes: number, connection: number, connections: number) {
    const { buffer } = Buffer.allocUnsafeSlow((sizeBytes + 3) & ~3);
    this.bytes = Buffer.from(buffer, 0, sizeBytes);
    this.words = new Int32Array(buffer);
    this.connection = connection;
    this.connections = connections;
  }

  /** Fills {@link bytes} for the next request. */
  renew(): void {
    const words = this.words;
    let word = Math.imul(this.request++ * this.connections + this.connection, SEED_FACTOR);
    for (let i = 0; i < words.length; i++) {
      words[i] = word;
      word = (word + WORD_STEP) | 0;
    }
  }

  /** Whether a piece of the reply is what was sent from `offset` on; false also if it is longer. */
  matches(piece: Buffer, offset: number): boolean {
    if (offset === 0 && piece.length === this.bytes.length) return this.bytes.equals(piece);
    const end = offset + piece.length;
    return end <= this.bytes.length && this.bytes.compare(piece, 0, piece.length, offset, end) === 0;
  }

  /** Where and how a piece that does not match differs. */
  explain(piece: Buffer, offset: number): string {
    const where = `connection ${this.connection}, request ${this.request - 1}`;
    for (let i = 0; i < piece.length && offset + i < this.bytes.length; i++) {
      const sent = this.bytes[offset + i]!;
      if (piece[i] !== sent) return `${where}, byte ${offset + i}: sent ${hex(sent)}, got ${hex(piece[i]!)}`;
    }
    return `${where}: ${offset + piece.length} bytes came back of ${this.bytes.length}`;
  }
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
