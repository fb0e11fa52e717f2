/**
 * Python's `selectors` for TypeScript: which of many file objects are ready, for programs that run a loop of their own;
 * and TCP sockets that never wait, to be used with it.
 *
 * @module pentio/selectors
 */
export { EpollSelector, EpollSelector as DefaultSelector } from "./epoll-selector.ts";
export { PollSelector } from "./poll-selector.ts";
export { SelectSelector } from "./select-selector.ts";
export type { DataArgument, Selector } from "./selector.ts";
export { EVENT_READ, EVENT_WRITE, type FileObject, type SelectorKey } from "./selector-key.ts";
export { type ListenSocketOptions, listenSocket, type StreamSocket } from "./stream-socket.ts";
