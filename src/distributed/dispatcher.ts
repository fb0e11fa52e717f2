import { randomUUID } from "node:crypto";
import {
  type AnyFunction,
  Call,
  type CallOwner,
  type CallTaker,
  shutDownError,
  unsendable,
} from "../executors/index.ts";
import { Condition, Event, outOfRange } from "../sync/index.ts";
import { BlockingHelper } from "./blocking-helper.ts";
import type { DistributedSettings } from "./distributed-options.ts";
import { Exchange, type ExchangeListener } from "./exchange.ts";
import { decode, decodeFailure, type Ending, encode, type Ticket } from "./job-data.ts";

/** A call that is a job in Redis. */
class JobCall extends Call {
  readonly id = randomUUID();
}

/** The calls of an executor, and what is heard of them. */
export class Dispatcher implements CallTaker, CallOwner, ExchangeListener {
  readonly roomCame = new Condition();
  readonly end = new Event();
  /** Calls of this executor that wait for a worker. */
  waiting = 0;
  readonly exchange: Exchange;
  private readonly settings: DistributedSettings;
  private readonly calls = new Map<string, JobCall>();
  private helper: BlockingHelper | undefined = undefined;
  private isClosed = false;
  private broken: Error | null = null;

  constructor(settings: DistributedSettings) {
    this.settings = settings;
    this.exchange = new Exchange(settings, this);
  }

  take(fn: AnyFunction, args: readonly unknown[], isChunk: boolean): Call | null {
    if (this.broken) throw this.broken;
    if (this.isClosed) throw shutDownError();
    const priority = bullPriority(fn.priority);
    if (this.waiting >= this.settings.queueCapacity) return null;
    const call = new JobCall(this, fn, args, isChunk);
    let ticket: Ticket;
    try {
      ticket = ticketOf(call, priority);
    } catch (error) {
      call.setException(unsendable(call.description, error));
      return call;
    }
    this.waiting++;
    this.calls.set(call.id, call);
    this.exchange.add(ticket);
    return call;
  }

  close(): void {
    this.isClosed = true;
    this.roomCame.notifyAll();
    if (this.exchange.isEmpty) this.emptied();
  }

  cancelWaiting(): void {
    for (const call of [...this.calls.values()]) call.cancel();
  }

  blockFor(call: Call, timeoutMs: number): void {
    const { id } = call as JobCall;
    this.helper ??= new BlockingHelper(this.settings);
    const ticket = ticketOf(call as JobCall, bullPriority(call.fn.priority));
    const news = this.helper.wait(ticket, timeoutMs);
    if (news === null) return;
    const [subject, ending] = news;
    if (subject === null) {
      this.exchange.fail(decodeFailure(ending.payload) as Error);
    } else {
      this.exchange.discard(id);
      this.ended(id, ending);
    }
  }

  interrupt(call: Call): boolean {
    this.drop(call as JobCall);
    return true;
  }

  forget(call: Call): void {
    this.leaveQueue();
    this.drop(call as JobCall);
  }

  began(id: string): void {
    const call = this.calls.get(id);
    if (!call || call.running) return;
    call.setRunningOrNotifyCancel();
    this.leaveQueue();
  }

  progressed(id: string, payload: string): void {
    this.calls.get(id)?.setProgress(decode(payload));
  }

  ended(id: string, { isResult, payload }: Ending): void {
    // For a call is first begun, and it may have ended before that was heard.
    this.began(id);
    const call = this.calls.get(id);
    if (!call) return;
    this.calls.delete(id);
    let outcome: unknown;
    try {
      outcome = isResult ? decode(payload) : decodeFailure(payload);
    } catch (error) {
      // A newer version of Node may have written it.
      call.setException(error);
      return;
    }
    if (isResult) call.setResult(outcome);
    else call.setException(outcome);
  }

  emptied(): void {
    if (this.isClosed) this.finish();
  }

  failed(error: Error): void {
    this.broken = error;
    for (const call of [...this.calls.values()]) {
      this.began(call.id);
      this.calls.delete(call.id);
      call.setException(error);
    }
    this.roomCame.notifyAll();
    this.finish();
  }

  private drop({ id }: JobCall): void {
    this.calls.delete(id);
    this.exchange.discard(id);
  }

  private leaveQueue(): void {
    this.waiting--;
    this.roomCame.notify();
  }

  private finish(): void {
    this.exchange.close();
    this.helper?.close();
    this.end.set();
  }
}

function ticketOf({ id, fn, args, isChunk }: JobCall, priority: number): Ticket {
  const { moduleName, name } = fn.place;
  const timeoutMs = Number.isFinite(fn.timeoutMs) ? fn.timeoutMs : null;
  return { id, priority, data: { module: moduleName, name, args: encode(args), isChunk, timeoutMs } };
}

/** BullMQ's priority of ours that is 0: in the middle, for with BullMQ the least is the first, and what has none comes before. */
const MIDDLE = 2 ** 20;

function bullPriority(priority: number): number {
  if (Number.isInteger(priority) && Math.abs(priority) < MIDDLE) return MIDDLE - priority;
  throw outOfRange("priority", `a whole number from ${1 - MIDDLE} to ${MIDDLE - 1}`, priority);
}
