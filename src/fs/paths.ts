/** What can be done to a file by its path, in one call each. */
import { AT_FDCWD, AT_REMOVEDIR, AT_SYMLINK_NOFOLLOW, O_WRONLY } from "../sys/index.ts";
import type { Operation } from "../task/index.ts";
import { CallOperation, nothing } from "./call-operation.ts";
import * as calls from "./calls.ts";
import { checkWhole } from "./errors.ts";
import { room } from "./memory.ts";
import { open } from "./open.ts";
import { type Path, pathBytes, pathText } from "./path.ts";
import { Procedure } from "./procedure.ts";
import type { ExtendedStats, Stats } from "./stats.ts";
import { timesBytes } from "./times.ts";

/** A path has no more, PATH_MAX. */
const PATH_BYTES_MAX = 4096;

/** What is known of a file; of a symbolic link, what is known of the file that it leads to. @throws ENOENT, EACCES, ENOTDIR */
export function stat(path: Path): Operation<Stats> {
  const [call, outcome] = calls.statx(AT_FDCWD, pathBytes(path), 0);
  return new CallOperation(call, "stat", { path: pathText(path) }, outcome);
}

/** All that statx(2) tells of a file, its mount and direct transfers among it. @throws ENOENT, EACCES, ENOTDIR */
export function statx(path: Path): Operation<ExtendedStats> {
  const [call, outcome] = calls.statxAll(AT_FDCWD, pathBytes(path), 0);
  return new CallOperation(call, "statx", { path: pathText(path) }, outcome);
}

/** What is known of a file, or of a symbolic link itself. @throws ENOENT, EACCES, ENOTDIR */
export function lstat(path: Path): Operation<Stats> {
  const [call, outcome] = calls.statx(AT_FDCWD, pathBytes(path), AT_SYMLINK_NOFOLLOW);
  return new CallOperation(call, "lstat", { path: pathText(path) }, outcome);
}

/** Gives a file another name, in place of what had it. @throws ENOENT, EXDEV, ENOTEMPTY, EISDIR */
export function rename(from: Path, to: Path): Operation<void> {
  const call = calls.renameat(pathBytes(from), pathBytes(to));
  return new CallOperation(call, "rename", both(from, to), nothing);
}

/** Gives a file a second name. @throws EEXIST, EXDEV, EPERM */
export function link(existing: Path, path: Path): Operation<void> {
  const call = calls.linkat(pathBytes(existing), pathBytes(path), 0);
  return new CallOperation(call, "link", both(existing, path), nothing);
}

/** Makes a symbolic link at `path` that leads to `target`, which need not exist. @throws EEXIST, ENOENT */
export function symlink(target: Path, path: Path): Operation<void> {
  const call = calls.symlinkat(pathBytes(target), pathBytes(path));
  return new CallOperation(call, "symlink", both(target, path), nothing);
}

/** Where a symbolic link leads to. @throws EINVAL for what is none */
export function readlink(path: Path): Operation<string> {
  const into = room(PATH_BYTES_MAX);
  return new CallOperation(
    calls.readlinkat(pathBytes(path), into),
    "readlink",
    { path: pathText(path) },
    {
      convert: (lengthBytes) => into.toString("utf8", 0, lengthBytes),
    },
  );
}

/** Removes a name; the file goes with its last one. @throws ENOENT, EISDIR, EACCES */
export function unlink(path: Path): Operation<void> {
  return new CallOperation(calls.unlinkat(pathBytes(path), 0), "unlink", { path: pathText(path) }, nothing);
}

/** Removes an empty folder. @throws ENOTEMPTY, ENOTDIR, ENOENT */
export function rmdir(path: Path): Operation<void> {
  const call = calls.unlinkat(pathBytes(path), AT_REMOVEDIR);
  return new CallOperation(call, "rmdir", { path: pathText(path) }, nothing);
}

/** Sets the permissions, such as 0o644. */
export function chmod(path: Path, mode: number): Operation<void> {
  return new CallOperation(calls.fchmodat(pathBytes(path), mode), "chmod", { path: pathText(path) }, nothing);
}

/** Sets the times of the last access and change: a Date, or milliseconds since 1970. */
export function utimes(path: Path, accessed: Date | number, modified: Date | number): Operation<void> {
  const call = calls.utimensat(AT_FDCWD, pathBytes(path), timesBytes(accessed, modified));
  return new CallOperation(call, "utime", { path: pathText(path) }, nothing);
}

/** Cuts a file, or fills it up with zeros. @throws ENOENT, EISDIR, EFBIG, ERR_OUT_OF_RANGE */
export function truncate(path: Path, lengthBytes = 0): Operation<void> {
  checkWhole(lengthBytes, "lengthBytes");
  return new Procedure("truncate", function* () {
    const file = yield* open(path, O_WRONLY);
    try {
      yield* file.truncate(lengthBytes);
    } finally {
      yield* file.close();
    }
  });
}

function both(path: Path, dest: Path): { path: string; dest: string } {
  return { path: pathText(path), dest: pathText(dest) };
}
