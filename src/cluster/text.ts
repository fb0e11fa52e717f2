import { decimal, type Paint } from "../reporting/index.ts";
import type { ClusterStatus, ProcessStatus } from "./status.ts";

const HEADER = [
  "slot",
  "pid",
  "state",
  "up",
  "restarts",
  "accepted",
  "open",
  "failed",
  "MB read",
  "MB written",
  "CPU s",
  "RSS MB",
  "heartbeat",
];

/** Clusters for people. */
export function formatClusters(clusters: readonly ClusterStatus[], paint: Paint): string {
  if (clusters.length === 0) return "No cluster of this user is running\n";
  return clusters.map((cluster) => formatCluster(cluster, paint)).join("\n");
}

function formatCluster(cluster: ClusterStatus, paint: Paint): string {
  const { name, address, pid, uptimeMs, listeners, processes } = cluster;
  const rows = [HEADER, ...processes.map(cells)];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padStart(widths[column]!)).join("  "));
  return [
    `${paint("bold", name)} on ${address}: supervisor ${pid}, up ${duration(uptimeMs)}, listeners ${listeners}`,
    ...lines.map((line) => `  ${line}`),
    ...processes.flatMap((process) => [...remarks(process)]).map((line) => `  ${line}`),
    "",
  ].join("\n");
}

function cells(process: ProcessStatus): string[] {
  return [
    String(process.slot),
    process.pid === null ? "–" : String(process.pid),
    process.state,
    duration(process.uptimeMs),
    decimal(process.restarts, 0),
    decimal(process.accepted, 0),
    decimal(process.open, 0),
    decimal(process.failed, 0),
    decimal(process.bytesRead / 1e6, 1),
    decimal(process.bytesWritten / 1e6, 1),
    decimal(process.cpuMs / 1000, 1),
    decimal(process.rssBytes / 1e6, 0),
    process.heartbeatAgeMs === null ? "–" : `${duration(process.heartbeatAgeMs)} ago`,
  ];
}

function* remarks({ slot, finishing, lastEnding }: ProcessStatus): Iterable<string> {
  if (lastEnding !== null) yield `slot ${slot}: the last process that was not asked to end ${lastEnding}`;
  if (finishing.length > 0) {
    yield `slot ${slot}: its predecessors still finish connections: ${finishing.join(", ")}`;
  }
}

/** Milliseconds for people: `0.2 s`, `14 min`, `3 d`. */
function duration(ms: number | null): string {
  if (ms === null) return "–";
  if (ms < 120e3) return `${decimal(ms / 1000, 1)} s`;
  if (ms < 7200e3) return `${decimal(ms / 60e3, 0)} min`;
  if (ms < 172800e3) return `${decimal(ms / 3600e3, 0)} h`;
  return `${decimal(ms / 86400e3, 0)} d`;
}
