/** What a random program is: plain data, the same for the same seed, which any model can run. */

export type Side = "client" | "server";

/** Whose socket an end of a connection is. */
export type Library = "pentio" | "node";

/** How a reader goes about it. */
export interface Reading {
  /** Turns of Node's loop that pass before it begins. */
  readonly lateTurns: number;
  /** Reads that are cancelled before it reads in earnest, each after so many turns. A node:net end has none. */
  readonly cancelAfterTurns: readonly number[];
  /** So many chunks are followed by a short sleep. */
  readonly pauses: number;
}

/** Bytes in one direction: each writer is a task that writes messages of these lengths, one after the other. */
export interface Flow {
  readonly from: Side;
  readonly writers: readonly (readonly number[])[];
  readonly reading: Reading;
}

/** What happens on a connection. The next step begins when everything of this one is over, at both ends. */
export type Step =
  | { readonly kind: "transfer"; readonly flows: readonly Flow[] }
  | { readonly kind: "cancel a read"; readonly side: Side; readonly turns: number }
  | { readonly kind: "cancel a writer"; readonly from: Side; readonly bytes: number; readonly turns: number }
  | { readonly kind: "read twice at once"; readonly side: Side; readonly bytes: number }
  | { readonly kind: "sleep"; readonly delayMs: number };

/**
 * How a connection ends. `writing` tells whether a write that the peer does not read is in progress then. A reset is the
 * doing of a node:net end.
 */
export type Ending =
  | { readonly kind: "end"; readonly first: Side; readonly afterwards: readonly number[] }
  | { readonly kind: "both end" }
  | { readonly kind: "close"; readonly first: Side }
  | { readonly kind: "close unread"; readonly first: Side; readonly bytes: number }
  | { readonly kind: "reset"; readonly first: Side; readonly writing: boolean }
  | { readonly kind: "close under a reader"; readonly side: Side; readonly writing: boolean };

export interface ConnectionPlan {
  readonly family: "TCP" | "Unix";
  readonly client: Library;
  readonly server: Library;
  /** The Pentio ends' allowHalfOpen. Those of node:net have it always. */
  readonly allowHalfOpen: boolean;
  /** Accepting begins before connecting. */
  readonly acceptFirst: boolean;
  /** The kernel's buffers at both ends, for sending and for receiving; undefined leaves them to the kernel. */
  readonly bufferBytes: number | undefined;
  readonly steps: readonly Step[];
  readonly ending: Ending;
}

/** What needs no connection, or many. */
export type Attempt =
  | { readonly kind: "connect where nobody listens"; readonly family: "TCP" | "Unix" }
  | { readonly kind: "connect to what is no socket" }
  | { readonly kind: "listen where somebody listens"; readonly family: "TCP" | "Unix" }
  | { readonly kind: "cancel an accept"; readonly turns: number }
  | { readonly kind: "cancel an accept while a connection comes"; readonly turns: number }
  | { readonly kind: "close a server under its acceptors"; readonly acceptors: number }
  | { readonly kind: "cancel a connect"; readonly family: "TCP" | "Unix"; readonly turns: number }
  | { readonly kind: "cancel a sleep"; readonly turns: number }
  | { readonly kind: "serve a crowd"; readonly clients: number; readonly bytes: number };

export interface Program {
  readonly seed: number;
  readonly attempts: readonly Attempt[];
  readonly connections: readonly ConnectionPlan[];
}

export function otherSide(side: Side): Side {
  return side === "client" ? "server" : "client";
}
