import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { listen } from "../net/index.ts";
import type { Coroutine } from "../task/index.ts";
import type { ClusterStatus } from "./status.ts";

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
    const server = yield* listen({ path: join(folder, `cluster-${process.pid}.sock`) });
    server.unref();
    try {
      for (;;) {
        const socket = yield* server.accept();
        yield* socket.write(JSON.stringify(status()));
        yield* socket.close();
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

/** In a folder that is for all, another user may have made ours. */
function checkOwner(folder: string): void {
  const { uid } = userInfo();
  if (lstatSync(folder).uid !== uid) throw new Error(`${folder} belongs to another user; remove it`);
}
