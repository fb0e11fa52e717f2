import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { ENOENT, O_DIRECTORY, O_RDONLY } from "../sys/index.ts";
import type { Coroutine } from "../task/index.ts";
import { rm } from "./folders.ts";
import { open } from "./open.ts";
import { rename, stat } from "./paths.ts";

/**
 * Writes beside the file first, and puts that in its place then. The folder, too, is synchronised, for the name is the
 * folder's.
 */
export function* replaceFile(
  path: string,
  bytes: Uint8Array,
  { sync = true, mode }: { sync?: boolean; mode?: number },
): Coroutine<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  const known = mode ?? (yield* modeOf(path));
  let isInPlace = false;
  try {
    yield* writeNew(temporary, bytes, { sync, mode, known });
    yield* rename(temporary, path);
    isInPlace = true;
  } finally {
    if (!isInPlace) yield* remove(temporary);
  }
  if (sync) yield* syncFolder(dirname(path));
}

interface NewFile {
  readonly sync: boolean;
  readonly mode: number | undefined;
  /** The permissions of the file that is replaced. */
  readonly known: number | undefined;
}

function* writeNew(path: string, bytes: Uint8Array, { sync, mode, known }: NewFile): Coroutine<void> {
  const file = yield* open(path, { flags: "wx", mode: known ?? 0o666 });
  try {
    yield* file.write(bytes);
    // Whatever the umask says: it is the file that was, with other contents.
    if (known !== undefined && mode === undefined) yield* file.chmod(known);
    if (sync) yield* file.sync();
  } finally {
    yield* file.close();
  }
}

function* remove(path: string): Coroutine<void> {
  try {
    yield* rm(path, { force: true });
  } catch {
    // What has failed first is what is told.
  }
}

/** Waits until the names in a folder are on the disk. */
export function* syncFolder(path: string): Coroutine<void> {
  const folder = yield* open(path, O_RDONLY | O_DIRECTORY);
  try {
    yield* folder.sync();
  } finally {
    yield* folder.close();
  }
}

function* modeOf(path: string): Coroutine<number | undefined> {
  try {
    return (yield* stat(path)).mode & 0o7777;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).errno === -ENOENT) return undefined;
    throw error;
  }
}
