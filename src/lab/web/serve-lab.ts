import { once } from "node:events";
import { LabServer } from "./lab-server.ts";

/**
 * Serves the lab's page until `signal` is aborted, and prints its address on standard output.
 *
 * @param port 0: any that is free
 * @param version Pentio's
 * @throws EADDRINUSE, EACCES
 */
export async function serveLab(port: number, version: string, signal: AbortSignal): Promise<void> {
  const server = new LabServer(version);
  const address = await server.listen(port);
  try {
    process.stdout.write(`The lab is at ${address} until Ctrl-C\n`);
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    await server.close();
  }
}
