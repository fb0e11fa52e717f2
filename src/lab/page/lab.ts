import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import type { LabEvent, Machine, Refusal, RunKind } from "../web/protocol.ts";
import { type LabState, nothingYet, receive } from "./lab-state.ts";

/** What goes with the request that starts each kind of run. */
export interface RunRequests {
  readonly phases: { readonly delayMs: number; readonly sizeBytes: number };
  readonly compare: { readonly connections: readonly number[]; readonly sizeBytes: number };
  readonly kettles: Record<string, never>;
}

/** What a page can see of the lab, and ask of it. */
export interface Lab {
  readonly state: LabState;
  readonly machine: Machine | null;
  /** Whether {@link state} has everything that earlier runs have told. */
  readonly isKnown: boolean;
  readonly isConnected: boolean;
  /** Why the lab refused what was asked last. */
  readonly refusal: string | null;
  start<K extends RunKind>(kind: K, request: RunRequests[K]): void;
  stop(): void;
}

/** The lab that serves this page. The browser connects again by itself; the lab then tells everything anew. */
export function useLab(): Lab {
  const [state, tell] = useReducer((state: LabState, event: LabEvent | "anew" | "old") => {
    if (event === "anew") return nothingYet;
    // That a run failed is news when it happens; later, what it has left stands there.
    return event === "old" ? { ...state, failure: null } : receive(state, event);
  }, nothingYet);
  const [machine, setMachine] = useState<Machine | null>(null);
  const [isKnown, setKnown] = useState(false);
  const [isConnected, setConnected] = useState(true);
  const [refusal, setRefusal] = useState<string | null>(null);

  useEffect(() => {
    const events = new EventSource("api/events");
    events.onopen = () => {
      tell("anew");
      setKnown(false);
      setConnected(true);
      fetchMachine().then(setMachine, () => setConnected(false));
    };
    events.addEventListener("known", () => {
      tell("old");
      setKnown(true);
    });
    events.onerror = () => setConnected(false);
    events.onmessage = ({ data }) => tell(JSON.parse(data));
    return () => events.close();
  }, []);

  const ask = (path: string, body: object) => post(path, body).then(setRefusal, () => setConnected(false));
  return {
    state,
    machine,
    isKnown,
    isConnected,
    refusal,
    start: (kind, request) => ask(`api/${kind}`, request),
    stop: () => ask("api/stop", {}),
  };
}

/** Starts what the lab has not run yet, once, so that there is something to see. */
export function useFirstRun<K extends RunKind>(lab: Lab, kind: K, request: RunRequests[K]): void {
  const wasStarted = useRef(false);
  const { isKnown, state } = lab;
  const isNew = isKnown && state[kind].run === 0 && !state.waiting.some((waiting) => waiting.kind === kind);
  useEffect(() => {
    if (!isNew || wasStarted.current) return;
    wasStarted.current = true;
    lab.start(kind, request);
  }, [isNew]);
}

async function fetchMachine(): Promise<Machine> {
  return (await fetch("api/machine")).json();
}

/** @returns why it was refused; null if it was not */
async function post(path: string, body: object): Promise<string | null> {
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return response.ok ? null : ((await response.json()) as Refusal).error;
}
