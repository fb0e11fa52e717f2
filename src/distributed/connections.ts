import type { Redis as RedisClient } from "ioredis";
import { Redis } from "./libraries.ts";

/** Between tries to reach Redis again. */
const RETRY_MS_MAX = 1000;

/** Node's longest timeout. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** What is told of a Redis that was reached. */
export interface Absence {
  /** Milliseconds that it may be away. */
  readonly awayMs: number;
  /** It was away for longer. */
  gone(error: Error): void;
  /** It was away, and is back. */
  back(): void;
}

/**
 * Connections to one Redis. Each is made again for as long as it takes; commands wait meanwhile, and those whose reply was lost
 * are sent again.
 */
export class Connections {
  /** The one for all that does not wait in Redis. */
  readonly main: RedisClient;
  private readonly url: string;
  private readonly isBackground: boolean;
  private readonly all: RedisClient[] = [];
  private isCut = false;

  /** @param isBackground whether the process may end though they are open */
  constructor(url: string, isBackground: boolean) {
    this.url = url;
    this.isBackground = isBackground;
    this.main = this.make();
  }

  /** Where Redis is, for messages: without a password. */
  get place(): string {
    if (!URL.canParse(this.url)) return this.url;
    const url = new URL(this.url);
    if (url.password !== "") url.password = "***";
    return String(url);
  }

  /** One more. */
  make(options: { readonly connectionName?: string } = {}): RedisClient {
    const redis = new Redis(this.url, {
      maxRetriesPerRequest: null,
      retryStrategy: (tries) => Math.min(50 * tries, RETRY_MS_MAX),
      ...options,
    });
    // The end of a connection comes as "close", too.
    redis.on("error", () => {});
    if (this.isBackground) redis.on("connect", () => redis.stream.unref());
    // BullMQ makes those by which it waits in this way.
    redis.duplicate = ((own) =>
      this.make(own as { readonly connectionName?: string })) as RedisClient["duplicate"];
    this.all.push(redis);
    return redis;
  }

  /** Waits until Redis is reached. @throws with the remedy if the first try fails */
  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.main.once("ready", resolve);
      this.main.once("error", (cause) => reject(this.unreachable(cause)));
    });
  }

  /**
   * @param cause why, as Node or Redis says it: its code, errno, address and port are the error's, too
   * @param awayMs for how long
   */
  unreachable(cause: Error, awayMs = 0): Error {
    const since = awayMs > 0 ? ` for ${awayMs} ms` : "";
    const error = new Error(
      `Redis at ${this.place} cannot be used${since}: ${cause.message}. Start it (redis-server), or say where it is: redis://USER:PASSWORD@HOST:PORT/DATABASE`,
    );
    const { name: _, ...details } = cause as NodeJS.ErrnoException;
    return Object.assign(error, details, { cause });
  }

  /** Tells of absences and returns from now on. */
  watch({ awayMs, gone, back }: Absence): void {
    let reason: Error = Object.assign(new Error("the connection is lost"), { code: "ECONNRESET" });
    let timer: NodeJS.Timeout | undefined;
    this.main.on("error", (error) => {
      reason = error;
    });
    this.main.on("close", () => {
      if (this.isCut || awayMs > TIMER_MS_MAX) return;
      timer ??= setTimeout(() => gone(this.unreachable(reason, awayMs)), awayMs).unref();
    });
    this.main.on("ready", () => {
      clearTimeout(timer);
      timer = undefined;
      back();
    });
  }

  /** Closes all at once. */
  cut(): void {
    this.isCut = true;
    for (const redis of this.all) redis.disconnect();
  }
}
