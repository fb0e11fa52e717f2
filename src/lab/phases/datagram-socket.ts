import {
  AF_INET,
  addressOf,
  decodeSocketAddress,
  ENOENT,
  encodeSocketAddress,
  SIOCGSTAMPNS_NEW,
  SOCK_DGRAM,
  SOCKADDR_BYTES,
  syscalls,
  systemError,
} from "../../sys/index.ts";
import { timeWords, timeWordsAddress, toMonotonicUs } from "./wall-clock.ts";

const name = Buffer.allocUnsafeSlow(SOCKADDR_BYTES);
const nameAddress = addressOf(name);
const nameLength = new Int32Array(Buffer.allocUnsafeSlow(4).buffer);
const nameLengthAddress = addressOf(nameLength);

/** A UDP socket on 127.0.0.1, for which the kernel notes when each packet came in. */
export class DatagramSocket {
  readonly fd: number;
  /** Where it receives. */
  readonly port: number;

  /** @param flags SOCK_ flags beside the type. @throws EMFILE and what else the system says */
  constructor(flags: number) {
    this.fd = syscalls.socket(AF_INET, SOCK_DGRAM | flags, 0);
    if (this.fd < 0) throw systemError(this.fd, "socket");
    this.port = this.bind();
    // Whoever asks has the packets stamped from then on; there is none yet.
    const asked = syscalls.ioctl(this.fd, SIOCGSTAMPNS_NEW, timeWordsAddress);
    if (asked < 0 && asked !== -ENOENT) throw systemError(asked, "ioctl");
  }

  /**
   * When the kernel received the packet that was read last: its own time-stamp, made where the network hands the packet
   * over, before it is put into the socket's queue. SO_TIMESTAMPNS would tell it to recvmsg(2) alone, which is not what the
   * models read by; it is the same stamp, socket(7).
   *
   * @param readUs when the packet had been read
   * @returns microseconds of the monotonic clock; null if the packet had passed before the kernel began to make stamps
   */
  arrivedUs(readUs: number): number | null {
    const result = syscalls.ioctl(this.fd, SIOCGSTAMPNS_NEW, timeWordsAddress);
    if (result < 0) throw systemError(result, "ioctl");
    const arrivedUs = toMonotonicUs(timeWords);
    // In place of a missing stamp it answers the present time.
    return arrivedUs <= readUs ? arrivedUs : null;
  }

  close(): void {
    syscalls.close(this.fd);
  }

  private bind(): number {
    const lengthBytes = encodeSocketAddress({ family: "IPv4", address: "127.0.0.1", port: 0 }, name);
    let result = syscalls.bindAddress(this.fd, nameAddress, lengthBytes);
    nameLength[0] = SOCKADDR_BYTES;
    if (result >= 0) result = syscalls.getsockname(this.fd, nameAddress, nameLengthAddress);
    if (result < 0) throw systemError(result, "bind");
    const address = decodeSocketAddress(name, nameLength[0]);
    return address.family === "Unix" ? 0 : address.port;
  }
}
