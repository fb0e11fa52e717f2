/**
 * Messages between processes, and between threads.
 *
 * @module pentio/ipc
 */
export { Connection, type ConnectionOptions } from "./connection.ts";
export { BrokenConnectionError, PeerEndedError } from "./errors.ts";
export { Mailbox, type MailboxOptions, openMailbox, type RemoteMailbox } from "./mailbox.ts";
export { pipe } from "./pipe.ts";
export { connectQueue, ProcessQueue } from "./process-queue.ts";
export { type QueueServer, type ServeQueueOptions, serveQueue } from "./queue-server.ts";
export {
  SharedChannel,
  type SharedChannelAddress,
  type SharedChannelOptions,
  type SharedChannelRole,
  type SharedRole,
} from "./shared-channel.ts";
export { type SharedLock, SharedMutex, type SharedMutexAddress } from "./shared-mutex.ts";
