import { Deque } from "../sync/index.ts";
import type { Call } from "./call.ts";

/** Calls that wait for a worker: the highest priority first, among equals the first to come. */
export class CallQueue {
  /** Calls in it that were not cancelled. */
  length = 0;
  private readonly lanes = new Map<number, Deque<Call>>();
  /** From the highest on. */
  private priorities: number[] = [];
  private lastLane: Deque<Call> | undefined = undefined;
  private lastPriority = Number.NaN;

  push(call: Call): void {
    this.length++;
    this.laneOf(call.fn.priority).push(call);
  }

  /** Gives back what was taken, to be the next of its priority. */
  unshift(call: Call): void {
    this.length++;
    this.laneOf(call.fn.priority).unshift(call);
  }

  /** Takes the next that was not cancelled. */
  shift(): Call | undefined {
    for (const priority of this.priorities) {
      const lane = this.lanes.get(priority)!;
      for (let call = lane.shift(); call; call = lane.shift()) {
        if (call.cancelled) continue;
        this.length--;
        return call;
      }
    }
    return undefined;
  }

  /** One of those in it was cancelled. It is passed over when its turn comes. */
  forget(): void {
    this.length--;
    if (this.length === 0) for (const lane of this.lanes.values()) lane.clear();
  }

  private laneOf(priority: number): Deque<Call> {
    if (priority === this.lastPriority) return this.lastLane!;
    let lane = this.lanes.get(priority);
    if (!lane) {
      lane = new Deque();
      this.lanes.set(priority, lane);
      this.priorities = [...this.lanes.keys()].sort((a, b) => b - a);
    }
    this.lastPriority = priority;
    this.lastLane = lane;
    return lane;
  }
}
