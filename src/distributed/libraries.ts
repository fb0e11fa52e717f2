/** The packages that this room alone stands on, and which are therefore not installed with Pentio. */

async function load<T>(library: Promise<T>): Promise<T> {
  try {
    return await library;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "ERR_MODULE_NOT_FOUND") throw cause;
    const error = new Error("pentio/distributed needs two packages more: npm install bullmq ioredis", {
      cause,
    });
    throw Object.assign(error, { code });
  }
}

export const { Queue, QueueEvents, UnrecoverableError, WaitingError, Worker } = await load(import("bullmq"));
export const { Redis } = await load(import("ioredis"));
