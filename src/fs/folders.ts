import { AT_REMOVEDIR, EEXIST, EISDIR, ENOENT, EPERM } from "../sys/index.ts";
import type { Coroutine, Operation } from "../task/index.ts";
import { CallOperation, nothing } from "./call-operation.ts";
import * as calls from "./calls.ts";
import { concurrently } from "./concurrently.ts";
import { failedWith } from "./errors.ts";
import { orNull } from "./or-null.ts";
import { type Path, parentPath, pathBytes, pathText, type RawPath, rawPath } from "./path.ts";
import { lstat, rmdir, stat, unlink } from "./paths.ts";
import { Procedure } from "./procedure.ts";
import { listFolder } from "./walk.ts";

/** Folders of a tree that are emptied at once, and names that are removed at once in each. */
const REMOVED_AT_ONCE = 16;

/** How a folder is made. */
export interface MkdirOptions {
  /** Makes the folders above as well; one that is there already is none the worse. Default false. */
  readonly recursive?: boolean;
  /** Permissions, less the umask. Default 0o777. */
  readonly mode?: number;
}

/** What is removed. */
export interface RmOptions {
  /** Folders with all that is in them; symbolic links are not followed. Default false. */
  readonly recursive?: boolean;
  /** What is not there is no error. Default false. */
  readonly force?: boolean;
}

/** Makes a folder. @throws EEXIST, ENOENT, ENOTDIR, EACCES */
export function mkdir(path: Path, { recursive = false, mode = 0o777 }: MkdirOptions = {}): Operation<void> {
  if (!recursive) return makeOne(path, mode);
  return new Procedure("mkdir", () => makeAll(rawPath(path), mode));
}

/**
 * Removes a file, or with `recursive` a folder and what is in it; what vanishes meanwhile by another's doing is no error.
 *
 * @throws ENOENT, EISDIR, EACCES; ENOTEMPTY if another adds something meanwhile
 */
export function rm(path: Path, { recursive = false, force = false }: RmOptions = {}): Operation<void> {
  return new Procedure("rm", function* () {
    try {
      if (recursive) yield* removeTree(rawPath(path));
      else yield* unlink(path);
    } catch (error) {
      if (!force || !failedWith(error, ENOENT)) throw error;
    }
  });
}

function makeOne(path: Path, mode: number): Operation<void> {
  return new CallOperation(calls.mkdirat(pathBytes(path), mode), "mkdir", { path: pathText(path) }, nothing);
}

function* makeAll(path: RawPath, mode: number): Coroutine<void> {
  if (yield* makeOrFind(path, mode)) return;
  const parent = parentPath(path);
  if (parent.length < path.length) yield* makeAll(parent, mode);
  // Some folders take no other, such as those of /proc: once more, and no more than that.
  yield* makeOrFind(path, mode, true);
}

/** @returns whether the folder is there now; it cannot be made where the one above is missing */
function* makeOrFind(path: RawPath, mode: number, mustBe = false): Coroutine<boolean> {
  try {
    yield* makeOne(path, mode);
    return true;
  } catch (error) {
    if (failedWith(error, EEXIST) && (yield* stat(path)).isDirectory()) return true;
    if (failedWith(error, ENOENT) && !mustBe) return false;
    throw error;
  }
}

function* removeTree(path: RawPath): Coroutine<void> {
  try {
    yield* unlink(path);
  } catch (error) {
    // EPERM is POSIX' answer for a folder, EISDIR is Linux'.
    if (!failedWith(error, EISDIR) && !(failedWith(error, EPERM) && (yield* lstat(path)).isDirectory()))
      throw error;
    yield* removeFolder(path);
  }
}

/** Level by level: down to empty the folders of files, and up to remove them. */
function* removeFolder(root: RawPath): Coroutine<void> {
  const levels: RawPath[][] = [];
  for (let level = [root]; level.length > 0; ) {
    levels.push(level);
    level = (yield* concurrently(level, REMOVED_AT_ONCE, removeFiles)).flat();
  }
  for (const level of levels.slice(1).reverse())
    yield* concurrently(level, REMOVED_AT_ONCE, (folder) => removeInside(folder, AT_REMOVEDIR));
  yield* rmdir(root);
}

/** @returns the folders in a folder, which stay */
function removeFiles(folder: RawPath): Operation<RawPath[]> {
  return new Procedure("rm", function* () {
    const inside = (yield* orNull(listFolder(folder), ENOENT)) ?? [];
    const files = inside.filter((entry) => !entry.isDirectory());
    yield* concurrently(files, REMOVED_AT_ONCE, ({ rawPath }) => removeInside(rawPath, 0));
    return inside.filter((entry) => entry.isDirectory()).map((entry) => entry.rawPath);
  });
}

/** Removes a name in a tree, unless another has done so meanwhile. */
function removeInside(path: RawPath, flags: number): Operation<void> {
  const call = calls.unlinkat(pathBytes(path), flags);
  const subject = { path: pathText(path) };
  return new CallOperation(call, flags === AT_REMOVEDIR ? "rmdir" : "unlink", subject, {
    ...nothing,
    nullFor: -ENOENT,
  });
}
