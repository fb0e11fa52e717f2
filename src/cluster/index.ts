/**
 * Clusters: many processes on one port.
 *
 * @module pentio/cluster
 */
export { Cluster } from "./cluster.ts";
export { clusterCommand } from "./command.ts";
export { listClusters } from "./list.ts";
export type { Counters } from "./messages.ts";
export type { BackOff, Handler, ServeOptions, Service } from "./options.ts";
export { serve } from "./serve.ts";
export type { ClusterStatus, ProcessStatus } from "./status.ts";
