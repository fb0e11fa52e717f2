import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { probeModels } from "../src/drivers/index.ts";
import type { BenchOptions } from "./options.ts";
import { peersFolder, program } from "./process.ts";

/** A server under test. */
export interface Candidate {
  readonly name: string;
  readonly describe: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly folder?: string | undefined;
  /** Load before the measurement, where the bench's own warm-up is too short. */
  readonly warmUpSeconds?: number | undefined;
}

/** Why a candidate does not take part, or has failed. */
export interface Excuse {
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

/** Some eighty threads, each with an environment of Node's, start on the server's one processor. */
const THREADS_WARM_UP_SECONDS = 8;

/** A program of the bench that runs on Pentio, on a model. */
export function pentioServer(name: string, describe: string, file: string, model: string): Candidate {
  return { name, describe, command: [process.execPath, program(file)], environment: { PENTIO_MODEL: model } };
}

/** A program of the bench on every model that works here, in the order of the book. */
export function pentioModels(file: string): { candidates: Candidate[]; skipped: Excuse[] } {
  const probes = probeModels();
  const working = probes.filter(({ works }) => works);
  return {
    candidates: working.map(({ model }) => ({
      ...pentioServer(model, `coroutines on ${model}`, file, model),
      warmUpSeconds: model === "blocking" ? THREADS_WARM_UP_SECONDS : undefined,
    })),
    skipped: probes.filter(({ works }) => !works).map(({ model, reason }) => ({ name: model, reason })),
  };
}

/** Those that `--only` names, or all. */
export function wanted(candidates: readonly Candidate[], { only }: BenchOptions): Candidate[] {
  return candidates.filter(({ name }) => only.length === 0 || only.includes(name));
}

/**
 * Builds what is not built yet.
 *
 * @param names only these; everything if there are none
 * @returns why what is not there cannot be built, by name
 */
export function buildPeers(...names: string[]): Map<string, string> {
  const setUp = spawnSync("bash", [join(peersFolder, "setup.sh"), ...names], { encoding: "utf8" });
  const reasons = new Map<string, string>();
  for (const [, name, reason] of setUp.stderr.matchAll(/^skipped ([^:]+): (.*)$/gm))
    reasons.set(name!, reason!);
  return reasons;
}

/**
 * Sets the load generator and the foreign servers up and tells which of these can take part.
 *
 * @param names only these; everything if there are none
 */
export function setUpPeers(...names: string[]): { peers: Candidate[]; skipped: Excuse[] } {
  const reasons = buildPeers(...names);
  if (!existsSync(load)) throw new Error(`the load generator cannot be built: ${reasons.get("load")}`);
  const peers: Candidate[] = [];
  const skipped: Excuse[] = [];
  for (const peer of JSON.parse(readFileSync(join(peersFolder, "peers.json"), "utf8")) as Peer[]) {
    if (names.length > 0 && !names.includes(peer.name)) continue;
    if (existsSync(join(peersFolder, peer.setup)) && !reasons.has(peer.name))
      peers.push({ ...peer, folder: peersFolder });
    else skipped.push({ name: peer.name, reason: reasons.get(peer.name) ?? "not set up" });
  }
  return { peers, skipped };
}
