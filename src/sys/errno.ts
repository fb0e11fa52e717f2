import { constants } from "node:os";
import { getSystemErrorMap, getSystemErrorName } from "node:util";

const { errno } = constants;

export const EPERM = errno.EPERM;
export const ENOENT = errno.ENOENT;
export const EINTR = errno.EINTR;
export const EIO = errno.EIO;
export const EBADF = errno.EBADF;
export const EAGAIN = errno.EAGAIN;
export const ENOMEM = errno.ENOMEM;
export const EBUSY = errno.EBUSY;
export const EEXIST = errno.EEXIST;
export const EXDEV = errno.EXDEV;
export const ENOTDIR = errno.ENOTDIR;
export const EISDIR = errno.EISDIR;
export const EINVAL = errno.EINVAL;
export const ENFILE = errno.ENFILE;
export const EMFILE = errno.EMFILE;
export const ENODATA = errno.ENODATA;
export const ENOTTY = errno.ENOTTY;
export const EFBIG = errno.EFBIG;
export const ENOSPC = errno.ENOSPC;
export const EROFS = errno.EROFS;
export const ERANGE = errno.ERANGE;
export const ENAMETOOLONG = errno.ENAMETOOLONG;
export const ENOTEMPTY = errno.ENOTEMPTY;
export const EOPNOTSUPP = errno.EOPNOTSUPP;
export const ENOSYS = errno.ENOSYS;
export const ESPIPE = errno.ESPIPE;
export const EPIPE = errno.EPIPE;
export const EPROTO = errno.EPROTO;
export const ECONNABORTED = errno.ECONNABORTED;
export const ECONNRESET = errno.ECONNRESET;
export const ENOBUFS = errno.ENOBUFS;
export const ENOTSOCK = errno.ENOTSOCK;
export const EISCONN = errno.EISCONN;
export const ETIMEDOUT = errno.ETIMEDOUT;
export const EALREADY = errno.EALREADY;
export const EINPROGRESS = errno.EINPROGRESS;
export const ECANCELED = errno.ECANCELED;
/** Of Linux 5.19 and later io_uring, absent from Node's table: events were dropped. */
export const EBADR = 53;

/** Where the error happened, as far as it applies. */
export interface ErrorPlace {
  /** Host or IP address. */
  address?: string | undefined;
  port?: number | undefined;
  /** File or Unix socket path. */
  path?: string | undefined;
  /** What the user can do about it; becomes the end of the message. */
  remedy?: string | undefined;
}

/** The error of a failed system call, in the shape of Node's own. */
export interface SystemError extends Error {
  code: string;
  /** Negative, as in Node. */
  errno: number;
  syscall: string;
  address?: string;
  port?: number;
  path?: string;
}

/**
 * Makes the error of a failed system call: `connect ECONNREFUSED 127.0.0.1:1`, with `code`, `errno`, `syscall`
 * and the address, port or path as properties.
 *
 * @param result -errno, as the kernel and every driver say it
 */
export function systemError(result: number, syscall: string, place: ErrorPlace = {}): SystemError {
  const known = getSystemErrorMap().get(result);
  const code = known ? known[0] : `E${-result}`;
  const where = placeText(place);
  const text = known && isDescribed(syscall) ? `${code}: ${known[1]}` : code;
  const remedy = place.remedy ? ` (${place.remedy})` : "";
  const error = new Error(`${syscall} ${text}${where}${remedy}`) as SystemError;
  error.errno = result;
  error.code = code;
  error.syscall = syscall;
  if (place.address !== undefined) error.address = place.address;
  if (place.port !== undefined) error.port = place.port;
  if (place.path !== undefined) {
    error.path = place.path;
    // Node has no other place for the path of a Unix socket.
    error.address = place.path;
  }
  return error;
}

/** The name of an errno for messages: `ENOENT` of -2. */
export function errnoName(result: number): string {
  return getSystemErrorMap().has(result) ? getSystemErrorName(result) : `errno ${-result}`;
}

function placeText({ address, port, path }: ErrorPlace): string {
  if (path !== undefined) return ` ${path}`;
  if (address === undefined) return "";
  return port === undefined ? ` ${address}` : ` ${address}:${port}`;
}

/** Node describes what goes wrong when a server is set up, and leaves it at the code for what goes on all the time. */
function isDescribed(syscall: string): boolean {
  return syscall !== "connect" && syscall !== "read" && syscall !== "write";
}
