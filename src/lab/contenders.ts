import type { Contender } from "./report.ts";

/** The baseline's name beside those of the models. */
export const NODE_NET = "node:net";

/** The classic servers, by name: what has a connection to itself. They are compared where they are asked for. */
const PER_CONNECTION: Readonly<Record<string, "thread" | "process">> = {
  "thread-per-connection": "thread",
  "process-per-connection": "process",
};

export const classicServers = Object.keys(PER_CONNECTION);

/** The bound of a classic server: each connection takes more than 10 MB. */
export const CONNECTIONS_MAX = 128;

/** The echo server of a model or of node:net, or a classic one. */
export function contenderNamed(name: string): Contender {
  const per = PER_CONNECTION[name];
  if (per) return { name, program: new URL("./per-connection-server.js", import.meta.url), args: [per] };
  return name === NODE_NET
    ? { name, program: new URL("./node-echo-server.js", import.meta.url), args: [] }
    : { name, program: new URL("./echo-server.js", import.meta.url), args: [name] };
}
