import type { Contender } from "./report.ts";

/** The baseline's name beside those of the models. */
export const NODE_NET = "node:net";

/** The echo server of a model, or of node:net. */
export function contenderNamed(name: string): Contender {
  return name === NODE_NET
    ? { name, program: new URL("./node-echo-server.js", import.meta.url), args: [] }
    : { name, program: new URL("./echo-server.js", import.meta.url), args: [name] };
}
