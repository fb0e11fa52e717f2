/** What a process of a cluster is told at its start: which it is, and what it has inherited. */
export interface WorkerRole {
  /** Its place in the cluster, from 0. */
  readonly slot: number;
  /** The descriptors of the listening sockets, by slot. */
  readonly listeners: readonly number[];
  readonly connection?: undefined;
}

/** What a thread or process is told that serves one connection. */
export interface ConnectionRole {
  /** Its descriptor. */
  readonly connection: number;
}

export type Role = WorkerRole | ConnectionRole;

const VARIABLE = "PENTIO_CLUSTER_ROLE";

let taken: Role | null | undefined;

/** What a process or thread that plays the role finds in its environment. */
export function roleEnvironment(role: Role): NodeJS.ProcessEnv {
  return { ...process.env, [VARIABLE]: JSON.stringify(role) };
}

/** The role of this process or thread; null for one that nobody has started to serve. */
export function takeRole(): Role | null {
  if (taken === undefined) {
    const text = process.env[VARIABLE];
    // Programs that this one starts are no part of the cluster.
    delete process.env[VARIABLE];
    taken = text ? (JSON.parse(text) as Role) : null;
  }
  return taken;
}
