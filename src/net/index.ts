export { type ConnectOptions, connect } from "./connect.ts";
export { type ListenOptions, listen, type Server } from "./server.ts";
export type { CancelledWrite, Socket } from "./socket.ts";
