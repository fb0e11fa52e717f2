/** An error of a socket that is not the kernel's, with a code as Node has them. */
export function socketError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

export function closedError(): Error {
  return socketError("ERR_SOCKET_CLOSED", "The socket is closed");
}

/** @throws ERR_INVALID_ARG_VALUE for what is not a port */
export function checkPort(port: unknown, purpose: string): number {
  if (Number.isInteger(port) && (port as number) >= 0 && (port as number) <= 65535) return port as number;
  const error = new RangeError(`${purpose} takes a port from 0 to 65535, not ${String(port)}`);
  throw Object.assign(error, { code: "ERR_SOCKET_BAD_PORT" });
}
