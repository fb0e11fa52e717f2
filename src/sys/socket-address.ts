import { createRequire } from "node:module";
import { AF_INET, AF_INET6, AF_UNIX } from "./constants.ts";
import { addressOf, bind } from "./ffi.ts";

/** An address that sockets use: an IP address with a port, or the path of a Unix socket. */
export type SocketAddress =
  | { readonly family: "IPv4" | "IPv6"; readonly address: string; readonly port: number }
  | { readonly family: "Unix"; readonly path: string };

/** Room for every address: `struct sockaddr_storage` of socket(7). */
export const SOCKADDR_BYTES = 128;

/** Of `struct sockaddr_un`, see unix(7). */
const UNIX_PATH_BYTES = 108;

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The AF_ constant of an address. */
export function familyNumber(address: SocketAddress): number {
  if (address.family === "Unix") return AF_UNIX;
  return address.family === "IPv6" ? AF_INET6 : AF_INET;
}

/**
 * Writes an address as the kernel's `struct sockaddr` (ip(7), ipv6(7), unix(7)).
 *
 * @param into at least {@link SOCKADDR_BYTES} long
 * @returns the length of what was written, in bytes
 * @throws ERR_INVALID_ARG_VALUE for a Unix path that is too long or has NUL bytes, and for an unknown IPv6 zone
 */
export function encodeSocketAddress(address: SocketAddress, into: Uint8Array): number {
  const view = new DataView(into.buffer, into.byteOffset, SOCKADDR_BYTES);
  into.fill(0, 0, SOCKADDR_BYTES);
  view.setUint16(0, familyNumber(address), littleEndian);
  if (address.family === "Unix") return encodeUnixPath(address.path, into);
  view.setUint16(2, address.port);
  if (address.family === "IPv4") {
    into.set(address.address.split(".").map(Number), 4);
    return 16;
  }
  const [host, zone] = address.address.split("%");
  into.set(ipv6Bytes(host!), 8);
  view.setUint32(24, zone === undefined ? 0 : scopeId(zone), littleEndian);
  return 28;
}

/** The AF_ constant in the kernel's `struct sockaddr`. */
export function familyOf(sockaddr: Uint8Array): number {
  return littleEndian ? sockaddr[0]! | (sockaddr[1]! << 8) : (sockaddr[0]! << 8) | sockaddr[1]!;
}

/** Reads the kernel's `struct sockaddr`. */
export function decodeSocketAddress(from: Uint8Array, lengthBytes: number): SocketAddress {
  const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
  const family = lengthBytes < 2 ? AF_UNIX : view.getUint16(0, littleEndian);
  if (family === AF_INET) {
    return { family: "IPv4", address: from.subarray(4, 8).join("."), port: view.getUint16(2) };
  }
  if (family === AF_INET6) {
    const scope = view.getUint32(24, littleEndian);
    const zone = scope === 0 ? "" : `%${scope}`;
    return { family: "IPv6", address: ipv6Text(from.subarray(8, 24)) + zone, port: view.getUint16(2) };
  }
  const bytes = from.subarray(2, Math.max(2, lengthBytes));
  const abstract = bytes.length > 0 && bytes[0] === 0;
  const end = abstract ? bytes.length : bytes.indexOf(0) < 0 ? bytes.length : bytes.indexOf(0);
  return { family: "Unix", path: Buffer.from(bytes.subarray(0, end)).toString() };
}

/** The address of a literal IP, or undefined for anything else. */
export function parseIp(host: string, port: number): SocketAddress | undefined {
  const version = ipVersion(host);
  if (version === 0) return undefined;
  return { family: version === 6 ? "IPv6" : "IPv4", address: host, port };
}

let isIP: typeof import("node:net").isIP | undefined;

/** 4, 6, or 0 for what is no IP address. */
function ipVersion(text: string): number {
  // Loaded on first use: importing node:net would be a good part of our own start.
  isIP ??= (createRequire(import.meta.url)("node:net") as typeof import("node:net")).isIP;
  return isIP(text);
}

function encodeUnixPath(path: string, into: Uint8Array): number {
  const bytes = Buffer.from(path);
  // A leading NUL makes an abstract name, which has no terminator; a file's path needs one.
  const lengthBytes = bytes.length + (bytes[0] === 0 ? 0 : 1);
  if (bytes.length === 0 || lengthBytes > UNIX_PATH_BYTES) {
    throw invalidAddress(
      `A Unix socket path has 1 to ${UNIX_PATH_BYTES - 1} bytes, this one has ${bytes.length}: "${path}"`,
    );
  }
  if (bytes.indexOf(0, 1) > 0 && bytes[0] !== 0) throw invalidAddress("A Unix socket path has no NUL bytes");
  into.set(bytes, 2);
  return 2 + lengthBytes;
}

function ipv6Bytes(text: string): number[] {
  const dotted = text.lastIndexOf(".") < 0 ? undefined : text.slice(text.lastIndexOf(":") + 1);
  let rest = text;
  if (dotted !== undefined) {
    const [a, b, c, d] = dotted.split(".").map(Number) as [number, number, number, number];
    rest = `${text.slice(0, -dotted.length)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [head, tail] = rest.split("::") as [string, string | undefined];
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...new Array<string>(zeros).fill("0"), ...after];
  return groups.flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

/** RFC 5952: lower case, the longest run of two or more zero groups shortened, the first of equals. */
function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
  // IPv4 inside IPv6 (RFC 4291, 2.5.5) keeps its dots, as glibc and libuv write it.
  if (groups.slice(0, 5).every((group) => group === 0)) {
    const dotted = bytes.subarray(12).join(".");
    if (groups[5] === 0xffff) return `::ffff:${dotted}`;
    if (groups[5] === 0 && groups[6] !== 0) return `::${dotted}`;
  }
  let best = { start: 0, length: 0 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(":");
  if (best.length < 2) return hex(groups);
  return `${hex(groups.slice(0, best.start))}::${hex(groups.slice(best.start + best.length))}`;
}

const interfaceIndex = bind<(name: number) => number>("if_nametoindex", "u32", ["pointer"]);

/** An IPv6 zone (RFC 4007) is an interface's name or its number. @throws ERR_INVALID_ARG_VALUE for an unknown one */
function scopeId(zone: string): number {
  if (/^\d+$/.test(zone)) return Number(zone);
  const name = Buffer.from(`${zone}\0`);
  const index = interfaceIndex(addressOf(name));
  if (index === 0) throw invalidAddress(`There is no network interface "${zone}" for an IPv6 zone`);
  return index;
}

function invalidAddress(message: string): Error {
  return Object.assign(new RangeError(message), { code: "ERR_INVALID_ARG_VALUE" });
}
