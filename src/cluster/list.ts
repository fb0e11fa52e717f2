import { readdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { connect } from "../net/index.ts";
import { all, type Coroutine, type Operation, scope, TimeoutError, timeout } from "../task/index.ts";
import type { ClusterStatus } from "./status.ts";
import { statusFolder } from "./status-socket.ts";

/** A supervisor that does not answer within this time is not waited for. */
const ANSWER_MS_MAX = 5000;

/** The clusters of this user that run on this machine, by the numbers of their supervisors. */
export function listClusters(): Operation<ClusterStatus[]> {
  return scope(list, { name: "listClusters" });
}

function* list(): Coroutine<ClusterStatus[]> {
  const folder = statusFolder();
  const names = namesIn(folder).filter((name) => /^cluster-\d+\.sock$/.test(name));
  const answers = yield* all(names.map((name) => () => ask(join(folder, name))));
  return answers.filter((answer) => answer !== null).sort((a, b) => a.pid - b.pid);
}

/** @returns null if nobody is there */
function* ask(path: string): Coroutine<ClusterStatus | null> {
  try {
    return JSON.parse(yield* timeout(ANSWER_MS_MAX, () => receive(path))) as ClusterStatus;
  } catch (error) {
    // Left behind by a supervisor that was killed.
    if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") unlinkSync(path);
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

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** It was there a moment ago, or has never been. */
function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ECONNRESET" || error instanceof SyntaxError;
}
