/** Files for the contract of READ and WRITE: made by Node's own module, which goes through no driver. */
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { READ, WRITE } from "../../src/drivers/index.ts";
import { Noted, type Rig } from "./rig.ts";

/** A file, open for reading and writing. */
export interface OpenFile {
  readonly path: string;
  readonly fd: number;
}

/** A folder of the test's own. */
export function folder(t: TestContext): string {
  const path = fs.mkdtempSync(join(tmpdir(), "pentio-files-"));
  t.after(() => fs.rmSync(path, { recursive: true }));
  return path;
}

/** A new file with these bytes. The driver closes it when the test has ended. */
export function openFile(t: TestContext, rig: Rig, bytes: Uint8Array = Buffer.alloc(0)): OpenFile {
  const path = join(folder(t), "file");
  fs.writeFileSync(path, bytes);
  return { path, fd: rig.own(fs.openSync(path, "r+")) };
}

export function read(rig: Rig, fd: number, into: Uint8Array, position: number): Noted {
  return transfer(rig, new Noted(READ, fd), into, position);
}

export function write(rig: Rig, fd: number, data: Uint8Array, position: number): Noted {
  return transfer(rig, new Noted(WRITE, fd), data, position);
}

/** Submits a READ or WRITE, for the first time or again. */
export function transfer(rig: Rig, noted: Noted, data: Uint8Array, position: number): Noted {
  noted.request.position = position;
  return rig.submit(noted, data);
}

/** Transfers all of the memory, in as many requests as it takes. @returns how much it was, less only at the end of the file */
export async function transferAll(
  rig: Rig,
  start: typeof read,
  fd: number,
  data: Uint8Array,
  position: number,
): Promise<number> {
  for (let done = 0; ; ) {
    const noted = start(rig, fd, data.subarray(done), position + done);
    await rig.until(() => noted.ended, "a transfer");
    const { result } = noted.last!;
    if (result < 0) throw new Error(`the transfer answers ${result}`);
    done += result;
    if (result === 0 || done === data.length) return done;
  }
}
