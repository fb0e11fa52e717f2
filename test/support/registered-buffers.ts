import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The buffers that the rings of this process know, as the kernel tells it. */
export function registeredBuffers(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      if (!readlinkSync(`/proc/self/fd/${fd}`).includes("io_uring")) return [];
      const [, buffers = ""] = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8").split("UserBufs:");
      return buffers.split("\n").filter((line) => /^\s*\d+: 0x[0-9a-f]+\/\d+$/.test(line));
    } catch {
      // A descriptor of the listing itself.
      return [];
    }
  });
}
