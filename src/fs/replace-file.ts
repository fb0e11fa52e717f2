import { randomBytes } from "node:crypto";
import { ENOENT, O_DIRECTORY, O_RDONLY } from "../sys/index.ts";
import { type Coroutine, shield } from "../task/index.ts";
import { CallOperation, nothing } from "./call-operation.ts";
import * as calls from "./calls.ts";
import { rm } from "./folders.ts";
import { open, openInPlaceOf } from "./open.ts";
import { orNull } from "./or-null.ts";
import { joinPath, parentPath, pathBytes, pathText, type RawPath } from "./path.ts";
import { stat } from "./paths.ts";

/**
 * Writes beside the file first, and puts that in its place then. The folder, too, is synchronised, for the name is the
 * folder's. Errors tell the file's path: the other one is nobody's business.
 */
export function* replaceFile(
  path: RawPath,
  bytes: Uint8Array,
  { sync = true, mode }: { sync?: boolean; mode?: number },
): Coroutine<void> {
  const folder = parentPath(path);
  // Not the file's name with more behind it, which could be too long.
  const temporary = joinPath(folder, `.${randomBytes(8).toString("hex")}.tmp`);
  const present = mode === undefined ? yield* orNull(stat(path), ENOENT) : null;
  const known = present ? present.mode & 0o7777 : mode;
  let isInPlace = false;
  try {
    yield* writeNew(path, temporary, bytes, { sync, mode, known });
    const call = calls.renameat(pathBytes(temporary), pathBytes(path));
    yield* new CallOperation(call, "rename", { path: pathText(path) }, nothing);
    isInPlace = true;
  } finally {
    // Even a cancellation from further up, which would cut this, leaves nothing behind.
    if (!isInPlace) yield* shield(() => remove(temporary));
  }
  if (sync) yield* syncFolder(folder);
}

interface NewFile {
  readonly sync: boolean;
  readonly mode: number | undefined;
  /** The permissions of the file that is replaced. */
  readonly known: number | undefined;
}

function* writeNew(
  target: RawPath,
  temporary: RawPath,
  bytes: Uint8Array,
  { sync, mode, known }: NewFile,
): Coroutine<void> {
  const file = yield* openInPlaceOf(target, temporary, known ?? 0o666);
  try {
    yield* file.write(bytes);
    // Whatever the umask says: it is the file that was, with other contents.
    if (known !== undefined && mode === undefined) yield* file.chmod(known);
    if (sync) yield* file.sync();
  } finally {
    yield* file.close();
  }
}

function* remove(path: RawPath): Coroutine<void> {
  try {
    yield* rm(path, { force: true });
  } catch {
    // What has failed first is what is told.
  }
}

/** Waits until the names in a folder are on the disk. */
function* syncFolder(path: RawPath): Coroutine<void> {
  const folder = yield* open(path, O_RDONLY | O_DIRECTORY);
  try {
    yield* folder.sync();
  } finally {
    yield* folder.close();
  }
}
