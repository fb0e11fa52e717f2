import { lstatSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { connect, listen, type Server, type Socket } from "../net/index.ts";
import { type Coroutine, spawn, TimeoutError, timeout } from "../task/index.ts";
import type { ClusterStatus } from "./status.ts";

/** A supervisor that does not answer within this time is not waited for. */
const ANSWER_MS_MAX = 5000;

/** Where the clusters of this user tell their status: a Unix socket for each, named after its supervisor. */
export function statusFolder(): string {
  const runtime = process.env.XDG_RUNTIME_DIR;
  return runtime ? join(runtime, "pentio") : join(tmpdir(), `pentio-${userInfo().uid}`);
}

/** Tells everyone who connects the status, as JSON. Where that cannot be, the cluster goes on without. */
export function* publishStatus(status: () => ClusterStatus): Coroutine<void> {
  try {
    const folder = statusFolder();
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    checkOwner(folder);
    const server = yield* listenAt(join(folder, `cluster-${process.pid}.sock`));
    server.unref();
    try {
      for (;;) {
        const socket = yield* server.accept();
        yield* spawn(() => tell(socket, status()), { name: "tell status" });
      }
    } finally {
      yield* server.close();
    }
  } catch (error) {
    process.emitWarning(`"pentio cluster status" will not show this cluster: ${(error as Error).message}`, {
      code: "PENTIO_CLUSTER_STATUS",
    });
  }
}

/** Numbers of processes are used again, in a container always the same, so one that was killed may have left the path. */
function* listenAt(path: string): Coroutine<Server> {
  try {
    return yield* listen({ path });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
  }
  yield* askStatus(path);
  return yield* listen({ path });
}

function* tell(socket: Socket, status: ClusterStatus): Coroutine<void> {
  try {
    yield* socket.write(JSON.stringify(status));
  } catch {
    // Who has asked has left.
  } finally {
    yield* socket.close();
  }
}

/**
 * Asks the supervisor that listens there.
 *
 * @returns null if nobody is there, or does not answer; a path that was left behind is removed
 */
export function* askStatus(path: string): Coroutine<ClusterStatus | null> {
  try {
    return JSON.parse(yield* timeout(ANSWER_MS_MAX, () => receive(path))) as ClusterStatus;
  } catch (error) {
    // Left behind by a supervisor that was killed.
    if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") rmSync(path, { force: true });
    else if (!isGone(error) && !(error instanceof TimeoutError)) throw error;
    return null;
  }
}

function* receive(path: string): Coroutine<string> {
  const socket = yield* connect({ path });
  const chunks: Buffer[] = [];
  try {
    for (let chunk = yield* socket.read(); chunk; chunk = yield* socket.read()) chunks.push(chunk);
  } finally {
    yield* socket.close();
  }
  return Buffer.concat(chunks).toString();
}

/** In a folder that is for all, another user may have made ours. */
function checkOwner(folder: string): void {
  const { uid } = userInfo();
  if (lstatSync(folder).uid !== uid) throw new Error(`${folder} belongs to another user; remove it`);
}

/** It was there a moment ago, or has never been. */
export function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ECONNRESET" || error instanceof SyntaxError;
}
