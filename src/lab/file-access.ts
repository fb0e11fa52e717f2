import fs from "node:fs";
import { type File, open } from "../fs/index.ts";
import type { Model } from "../index.ts";

/** Node's own ways to transfer, beside the models. */
export const NODES_WAYS = ["fs.promises", "fs callbacks", "fs.*Sync"] as const;

/** A file that is open for reading and writing, whoever does it. What is done at once gives nothing to wait for. */
export interface FileAccess {
  read(into: Uint8Array, position: number): PromiseLike<unknown> | undefined;
  write(data: Uint8Array, position: number): PromiseLike<unknown> | undefined;
}

/** Opens a file for one of Node's ways, or on a model. */
export async function openAccess(path: string, way: string): Promise<FileAccess> {
  switch (way as (typeof NODES_WAYS)[number]) {
    case "fs.promises": {
      const file = await fs.promises.open(path, "r+");
      return {
        read: (into, position) => file.read(into, 0, into.length, position),
        write: (data, position) => file.write(data, 0, data.length, position),
      };
    }
    case "fs callbacks":
      return callbacks(fs.openSync(path, "r+"));
    case "fs.*Sync":
      return blocking(fs.openSync(path, "r+"));
    default: {
      const file: File = await open(path, { flags: "r+", model: way as Model });
      return {
        read: (into, position) => file.read(into, { position }),
        write: (data, position) => file.write(data, { position }),
      };
    }
  }
}

function callbacks(fd: number): FileAccess {
  const settle = (resolve: () => void, reject: (error: Error) => void) => (error: Error | null) =>
    error ? reject(error) : resolve();
  return {
    read: (into, position) =>
      new Promise<void>((resolve, reject) => {
        fs.read(fd, into, 0, into.length, position, settle(resolve, reject));
      }),
    write: (data, position) =>
      new Promise<void>((resolve, reject) => {
        fs.write(fd, data, 0, data.length, position, settle(resolve, reject));
      }),
  };
}

function blocking(fd: number): FileAccess {
  return {
    read(into, position) {
      fs.readSync(fd, into, 0, into.length, position);
      return undefined;
    },
    write(data, position) {
      fs.writeSync(fd, data, 0, data.length, position);
      return undefined;
    },
  };
}
