import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { type ClusterStatus, listClusters, type ServeOptions } from "../src/cluster/index.ts";
import { load } from "./peers.ts";
import { lastLine, lines, program, start, stop } from "./process.ts";

/** Longer than anything here takes on a machine that does nothing else. */
const WAIT_MS_MAX = 60_000;

/** What the load generator prints. */
export interface Load {
  readonly requestsPerSecond: number;
  readonly p99Us: number;
  readonly mismatches: number;
}

/** A cluster that echoes, under the bench. */
export class ClusterServer {
  readonly port: number;
  private readonly server: ChildProcess;
  private readonly processors: string;

  private constructor(server: ChildProcess, port: number, processors: string) {
    this.server = server;
    this.port = port;
    this.processors = processors;
  }

  /** @param processors those that it and its load are pinned to, for taskset */
  static async start(options: ServeOptions, processors: string): Promise<ClusterServer> {
    const command = [process.execPath, program("pentio-cluster-echo"), JSON.stringify(options)];
    const server = start({ command, processor: processors });
    const [, port] = /^listening (\d+)$/.exec(await lines(server)())!;
    const cluster = new ClusterServer(server, Number(port), processors);
    await cluster.until(({ processes }) => processes.every(({ state }) => state === "serving"));
    return cluster;
  }

  get pid(): number {
    return this.server.pid!;
  }

  /** Waits until its status is as told. */
  async until(condition: (status: ClusterStatus) => boolean): Promise<ClusterStatus> {
    for (const end = Date.now() + WAIT_MS_MAX; Date.now() < end; await delay(50)) {
      const status = (await listClusters()).find(({ pid }) => pid === this.pid);
      if (status && condition(status)) return status;
    }
    throw new Error("the cluster does not become as it should");
  }

  /** 64-byte echoes, a closed loop on each connection, by default on the same processors. */
  async load(
    connections: number,
    seconds: number,
    warmup: number,
    processor = this.processors,
  ): Promise<Load> {
    const args = { port: this.port, connections, size: 64, seconds, warmup };
    const command = [load, ...Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)])];
    return JSON.parse(await lastLine({ command, processor })) as Load;
  }

  reload(): void {
    this.server.kill("SIGHUP");
  }

  stop(): Promise<void> {
    return stop(this.server);
  }

  /** Memory of the process and of its children; pages that several have count in parts. */
  get memoryBytes(): number {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, "latin1").split(" ");
    const pids = [this.pid, ...children.filter((pid) => pid.trim() !== "")];
    const proportionalBytes = (pid: number | string) =>
      1024 * Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "latin1"))![1]);
    return pids.reduce<number>((sum, pid) => sum + proportionalBytes(pid), 0);
  }
}
