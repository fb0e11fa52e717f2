import type { SourceLocation } from "../loop/index.ts";
import { forest } from "./forest.ts";
import { locate } from "./source-location.ts";
import type { Task } from "./task.ts";

/** V8 takes some 0.2 ms to tell where a task stands. */
const LOCATIONS_MAX = 1000;

/** A task at a moment. */
export interface TaskSnapshot {
  readonly name: string;
  /**
   * It runs at this moment, is ready to, waits for something, or its body has ended and only its children are left.
   */
  readonly state: "running" | "ready" | "waiting" | "ending";
  /** It is to end, or its `finally` blocks run because of that. */
  readonly isCancelled: boolean;
  /** How long ago it was started, in milliseconds. */
  readonly ageMs: number;
  /** What it waits for, in words; null if for nothing. */
  readonly waitsFor: string | null;
  /**
   * Where it waits in the task's own function, or where that begins; null if V8 does not tell, and for tasks beyond the
   * first 1,000.
   */
  readonly location: SourceLocation | null;
  /** In the order in which they were started. */
  readonly children: readonly TaskSnapshot[];
}

/** The tasks of this thread that have not ended, as trees. Looking takes V8 about 25 ms the first time. */
export function snapshotTasks(): TaskSnapshot[] {
  const tasks = [...forest].flatMap(withDescendants);
  const locations = locate(tasks.slice(0, LOCATIONS_MAX).map((task) => task.generator));
  const places = new Map(tasks.map((task, i) => [task, locations[i] ?? null]));
  const now = performance.now();
  const take = (task: Task<unknown>): TaskSnapshot => ({
    name: task.name,
    ...task.condition,
    ageMs: Math.max(0, Math.floor(now) - task.createdAt),
    location: places.get(task)!,
    children: task.children.map(take),
  });
  return [...forest].map(take);
}

/** The tasks of this thread as a tree in text, a line each; a last one says so if not all places are told. */
export function formatTasks(tasks: readonly TaskSnapshot[] = snapshotTasks()): string {
  const lines = tasks.flatMap((task) => [lineOf(task), ...branchesOf(task, "")]);
  if (lines.length > LOCATIONS_MAX)
    lines.push(`(places are told of ${LOCATIONS_MAX} of the ${lines.length} tasks)`);
  return lines.join("\n");
}

function withDescendants(root: Task<unknown>): Task<unknown>[] {
  const tasks = [root];
  // It grows while it is walked through.
  for (const task of tasks) for (const child of task.children) tasks.push(child);
  return tasks;
}

function branchesOf(task: TaskSnapshot, margin: string): string[] {
  return task.children.flatMap((child, i) => {
    const isLast = i === task.children.length - 1;
    return [
      `${margin}${isLast ? "└─ " : "├─ "}${lineOf(child)}`,
      ...branchesOf(child, `${margin}${isLast ? "   " : "│  "}`),
    ];
  });
}

function lineOf(task: TaskSnapshot): string {
  const { location } = task;
  const parts = [
    `${task.name}, ${ageOf(task.ageMs)}`,
    task.isCancelled ? "cancelled" : "",
    task.waitsFor === null ? task.state : `waits for ${task.waitsFor}`,
    location ? `at ${location.file}:${location.line}:${location.column}` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function ageOf(ageMs: number): string {
  return ageMs < 1000 ? `${ageMs} ms` : `${(ageMs / 1000).toFixed(1)} s`;
}
