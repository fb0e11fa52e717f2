export { type AdoptOptions, adopt } from "./adopt.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export { type ListenOptions, listen } from "./listen.ts";
export type { Server } from "./server.ts";
export type { Socket } from "./socket.ts";
export type { CancelledWrite } from "./socket-operations.ts";
