import { randomInt } from "node:crypto";

/** Pseudo-random numbers that a seed brings back (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to 2^32 - 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A whole number from 0 to `limit - 1`; `limit` may exceed 2^32. */
  below(limit: number): number {
    return Math.floor(((this.next() * 0x200000 + (this.next() >>> 11)) / 0x20000000000000) * limit);
  }

  /** A whole number of any size up to `limit`, small ones as likely as large ones. */
  magnitude(limit: number): number {
    return Math.min(limit, Math.floor(2 ** (this.below(Math.log2(limit) * 1000) / 1000)) - 1);
  }

  chance(probability: number): boolean {
    return this.next() < probability * 0x100000000;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.next() & 255));
  }
}

/** Seeds that every run tries, and one that only this run does; PENTIO_TEST_SEED brings a run's seed back. */
export function seeds(fixed = 5): number[] {
  const wanted = process.env.PENTIO_TEST_SEED;
  if (wanted !== undefined) return [Number(wanted)];
  return [...Array.from({ length: fixed }, (_, i) => i + 1), randomInt(2 ** 31)];
}
