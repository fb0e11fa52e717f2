import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { peersFolder, program } from "./process.ts";

/** A server under test. */
export interface Candidate {
  readonly name: string;
  readonly describe: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly folder?: string | undefined;
}

/** Why a candidate does not take part. */
export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

interface Peer extends Candidate {
  /** What exists once the peer is set up. */
  readonly setup: string;
}

/** Pentio's own echo servers. */
export const pentioEchoServers: readonly Candidate[] = [
  pentioServer("pentio io_uring", "coroutines on io_uring", "pentio-echo", "io_uring"),
  pentioServer("pentio await", "async functions on io_uring", "pentio-await-echo", "io_uring"),
  pentioServer("pentio epoll", "coroutines on epoll", "pentio-echo", "epoll"),
];

/** The load generator, in C. */
export const load = join(peersFolder, "build/load");

/** A program of the bench that runs on Pentio, on a model. */
export function pentioServer(name: string, describe: string, file: string, model: string): Candidate {
  return { name, describe, command: [process.execPath, program(file)], environment: { PENTIO_MODEL: model } };
}

/** Sets the foreign servers up and tells which can take part. */
export function setUpPeers(): { peers: Candidate[]; skipped: Skipped[] } {
  const setUp = spawnSync("bash", [join(peersFolder, "setup.sh")], { encoding: "utf8" });
  const reasons = new Map<string, string>();
  for (const [, name, reason] of setUp.stderr.matchAll(/^skipped ([^:]+): (.*)$/gm))
    reasons.set(name!, reason!);
  if (!existsSync(load)) throw new Error(`the load generator cannot be built: ${reasons.get("load")}`);
  const peers: Candidate[] = [];
  const skipped: Skipped[] = [];
  for (const peer of JSON.parse(readFileSync(join(peersFolder, "peers.json"), "utf8")) as Peer[]) {
    if (existsSync(join(peersFolder, peer.setup)) && !reasons.has(peer.name))
      peers.push({ ...peer, folder: peersFolder });
    else skipped.push({ name: peer.name, reason: reasons.get(peer.name) ?? "not set up" });
  }
  return { peers, skipped };
}
