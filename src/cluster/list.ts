import { readdirSync } from "node:fs";
import { join } from "node:path";
import { all, type Coroutine, type Operation, scope } from "../task/index.ts";
import type { ClusterStatus } from "./status.ts";
import { askStatus, isGone, statusFolder } from "./status-socket.ts";

/** The clusters of this user that run on this machine, by the numbers of their supervisors. */
export function listClusters(): Operation<ClusterStatus[]> {
  return scope(list, { name: "listClusters" });
}

function* list(): Coroutine<ClusterStatus[]> {
  const folder = statusFolder();
  const names = namesIn(folder).filter((name) => /^cluster-\d+\.sock$/.test(name));
  const answers = yield* all(names.map((name) => () => askStatus(join(folder, name))));
  return answers.filter((answer) => answer !== null).sort((a, b) => a.pid - b.pid);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}
