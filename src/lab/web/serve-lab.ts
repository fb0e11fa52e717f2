import { once } from "node:events";
import { PORT } from "../option-ranges.ts";
import { LabServer } from "./lab-server.ts";

/** The system finds one that is free. */
const ANY_PORT = 0;

/**
 * Serves the lab's page until `signal` is aborted, and prints its address on standard output.
 *
 * @param port null: the usual one, or if that is taken any that is free
 * @param version Pentio's
 * @throws ERR_INVALID_ARG_VALUE for a port that is taken or forbidden
 */
export async function serveLab(port: number | null, version: string, signal: AbortSignal): Promise<void> {
  const server = new LabServer(version);
  const address = await listen(server, port);
  try {
    process.stdout.write(`The lab is at ${address} until Ctrl-C\n`);
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    await server.close();
  }
}

async function listen(server: LabServer, port: number | null): Promise<string> {
  try {
    return await server.listen(port ?? PORT.usual);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (port === null && code === "EADDRINUSE") return server.listen(ANY_PORT);
    throw Object.assign(new TypeError(`--port: ${message}`), { code: "ERR_INVALID_ARG_VALUE" });
  }
}
