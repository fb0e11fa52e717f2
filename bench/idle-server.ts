import type { ChildProcess } from "node:child_process";
import { program, startServer } from "./process.ts";

/** What the server of idle connections tells of itself, after a garbage collection. */
export interface Look {
  /** Connections. */
  readonly open: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly rss: number;
  /** Codes and texts of the warnings so far. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** A server that echoes, and that can be looked into. */
export interface IdleServer {
  readonly server: ChildProcess;
  readonly port: number;
  look(): Promise<Look>;
}

/** Starts it on a model. */
export async function startIdleServer(model: string): Promise<IdleServer> {
  const { server, port, next } = await startServer({
    command: [process.execPath, "--expose-gc", "--no-warnings", program("pentio-idle")],
    environment: { PENTIO_MODEL: model },
    processor: 0,
  });
  return {
    server,
    port,
    async look() {
      server.stdin!.write("\n");
      return JSON.parse(await next()) as Look;
    },
  };
}
