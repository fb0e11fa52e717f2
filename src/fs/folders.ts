import { dirname } from "node:path";
import { EEXIST, EISDIR, ENOENT, EPERM } from "../sys/index.ts";
import type { Coroutine, Operation } from "../task/index.ts";
import { CallOperation, nothing } from "./call-operation.ts";
import * as calls from "./calls.ts";
import { concurrently } from "./concurrently.ts";
import type { Entry } from "./entries.ts";
import { type Path, pathBytes, pathText } from "./path.ts";
import { lstat, rmdir, stat, unlink } from "./paths.ts";
import { Procedure } from "./procedure.ts";
import { listFolder } from "./walk.ts";

/** Names that are removed at once in one folder. */
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
  return new Procedure("mkdir", () => makeAll(pathText(path), mode));
}

/** Removes a file, or with `recursive` a folder and what is in it. @throws ENOENT, EISDIR, EACCES */
export function rm(path: Path, { recursive = false, force = false }: RmOptions = {}): Operation<void> {
  return new Procedure("rm", function* () {
    try {
      if (recursive) yield* removeTree(pathText(path));
      else yield* unlink(path);
    } catch (error) {
      if (!force || errnoOf(error) !== ENOENT) throw error;
    }
  });
}

function makeOne(path: Path, mode: number): Operation<void> {
  return new CallOperation(calls.mkdirat(pathBytes(path), mode), "mkdir", { path: pathText(path) }, nothing);
}

function* makeAll(path: string, mode: number): Coroutine<void> {
  try {
    yield* makeOne(path, mode);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === EEXIST && (yield* stat(path)).isDirectory()) return;
    if (errno !== ENOENT || dirname(path) === path) throw error;
    yield* makeAll(dirname(path), mode);
    yield* makeAll(path, mode);
  }
}

function* removeTree(path: string): Coroutine<void> {
  try {
    yield* unlink(path);
  } catch (error) {
    // EPERM is POSIX' answer for a folder, EISDIR is Linux'.
    const errno = errnoOf(error);
    if (errno !== EISDIR && !(errno === EPERM && (yield* lstat(path)).isDirectory())) throw error;
    yield* removeFolder(path);
  }
}

function* removeFolder(path: string): Coroutine<void> {
  const inside = yield* listFolder(path);
  yield* concurrently(inside, REMOVED_AT_ONCE, (entry) => removeEntry(entry));
  yield* rmdir(path);
}

function removeEntry(entry: Entry): Operation<void> {
  if (entry.isDirectory()) return new Procedure("rm", () => removeFolder(entry.path));
  return unlink(entry.path);
}

function errnoOf(error: unknown): number {
  const { errno = 0 } = error as NodeJS.ErrnoException;
  return -errno;
}
