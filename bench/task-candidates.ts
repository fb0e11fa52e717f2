import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Candidate } from "./peers.ts";
import { peersFolder } from "./process.ts";

/** What is asked of a candidate's rate: by itself, or in relation to another's. */
export type Bar =
  | { readonly name: string; readonly millionsAtLeast: number }
  | { readonly name: string; readonly other: string; readonly timesAtLeast: number }
  | { readonly name: string; readonly other: string; readonly timesAtMost: number };

/** What is measured, by whom, and what is asked of the figures. */
export interface Measurement {
  readonly name: string;
  /** What is counted. */
  readonly unit: string;
  /** Whether candidates have all processors, and are compared by the clock instead of by processor time. */
  readonly byClock?: boolean;
  /** The first is the one that the others are compared with. */
  readonly candidates: readonly TaskCandidate[];
  readonly bars: readonly Bar[];
}

/** A program that does one thing over and over for as many seconds as its last argument says. */
export interface TaskCandidate extends Candidate {
  /** The peer that has to be set up before; null: it is there. */
  readonly peer: string | null;
}

const effectionTasks = join(peersFolder, "build/effection/tasks.mjs");
const nodeTasks = join(peersFolder, "node-tasks.mjs");

/** The path of a compiled program of the folder `tasks`. */
export function taskProgram(name: string): string {
  return fileURLToPath(new URL(`./tasks/${name}.js`, import.meta.url));
}

function javascript(name: string, describe: string, module: string, run: string): TaskCandidate {
  // Collections of the garbage hold the loop for longer than it likes; here that is part of what is measured.
  const command = [process.execPath, "--no-warnings", taskProgram("measure"), module, run];
  return { name, describe, command, peer: module === effectionTasks ? "effection" : null };
}

function pentio(name: string, describe: string, module: string, run: string): TaskCandidate {
  return javascript(name, describe, taskProgram(module), run);
}

function go(describe: string, run: string): TaskCandidate {
  const command = [join(peersFolder, "build/go-tasks"), run];
  return { name: "go", describe, command, environment: { GOMAXPROCS: "1" }, peer: "go" };
}

function tokio(name: string, describe: string, run: string): TaskCandidate {
  return { name, describe, command: [join(peersFolder, "build/tokio-tasks"), run], peer: "tokio" };
}

/** Rates that are measured side by side. */
export const measurements: readonly Measurement[] = [
  {
    name: "channel",
    unit: "hand-overs",
    candidates: [
      pentio("pentio", "Channel, rendezvous", "channel", "rendezvous"),
      pentio("pentio 1", "Channel, capacity 1", "channel", "capacity1"),
      pentio("pentio 64", "Channel, capacity 64", "channel", "capacity64"),
      go("make(chan int)", "channel"),
      tokio("tokio 1", "mpsc::channel(1)", "capacity1"),
      tokio("tokio 64", "mpsc::channel(64)", "capacity64"),
      javascript("effection", "createChannel", effectionTasks, "channel"),
      javascript("async generator", "for await", nodeTasks, "channel"),
    ],
    bars: [
      { name: "pentio", millionsAtLeast: 10 },
      ...["go", "effection", "async generator"].map((other) => ({ name: "pentio", other, timesAtLeast: 1 })),
      // Room for one value on both sides: tokio has no rendezvous.
      { name: "pentio 1", other: "tokio 1", timesAtLeast: 1 },
    ],
  },
  {
    name: "spawn",
    unit: "tasks",
    candidates: [
      pentio("pentio", "spawn", "spawning", "spawning"),
      pentio("pentio inline", "spawn, each a function of its own", "spawning", "inline"),
      go("go and WaitGroup, 64 at a time", "spawning"),
      tokio("tokio", "spawn, 64 at a time", "spawning"),
      javascript("effection", "spawn, 64 at a time", effectionTasks, "spawning"),
      javascript("async function", "Promise.all, 64 at a time", nodeTasks, "spawning"),
    ],
    bars: [
      { name: "pentio", millionsAtLeast: 3 },
      { name: "pentio", other: "effection", timesAtLeast: 10 },
    ],
  },
  {
    name: "join",
    unit: "tasks",
    candidates: [
      pentio("pentio", "spawn, each waited for", "spawning", "joining"),
      go("go and WaitGroup, each", "joining"),
      tokio("tokio", "spawn, each awaited", "joining"),
      javascript("effection", "spawn, each waited for", effectionTasks, "joining"),
      javascript("async function", "each awaited", nodeTasks, "joining"),
    ],
    bars: [{ name: "pentio", other: "effection", timesAtLeast: 10 }],
  },
  {
    name: "timers",
    unit: "timers set and cancelled",
    candidates: [
      pentio("pentio", "timeout() met, 1,000,000 others", "timers", "timeouts"),
      pentio("sleep", "sleep().then(), abort(), in bulk", "timers", "sleeps"),
      pentio("wheel", "TimerWheel alone", "timers", "wheelTimers"),
      javascript("node", "setTimeout, clearTimeout", join(peersFolder, "node-timers.mjs"), "timers"),
    ],
    bars: ["pentio", "wheel"].map((name) => ({ name, millionsAtLeast: 3 })),
  },
  {
    name: "nested",
    unit: "operations",
    candidates: [
      pentio("event 1", "waits for a timer, one call", "nesting", "event1"),
      pentio("event 5", "waits for a timer, five calls", "nesting", "event5"),
      pentio("ready 1", "result at once, one call", "nesting", "ready1"),
      pentio("ready 5", "result at once, five calls", "nesting", "ready5"),
      pentio("waiting 1", "has to wait, one call", "nesting", "waiting1"),
      pentio("waiting 5", "has to wait, five calls", "nesting", "waiting5"),
      pentio("standing 1", "waits, one call for all", "nesting", "standing1"),
      pentio("standing 5", "waits, five calls for all", "nesting", "standing5"),
      pentio("bare 1", "V8 alone, one call", "nesting", "bare1"),
      pentio("bare 5", "V8 alone, five calls", "nesting", "bare5"),
    ],
    // What V8 alone takes for the calls is more than the half of a switch of tasks.
    bars: [{ name: "event 1", other: "event 5", timesAtMost: 1.5 }],
  },
];
