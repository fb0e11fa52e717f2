/** `pentio lab --web` as a process, and a client of its page's interface. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { LabEvent } from "../../src/lab/web/protocol.ts";

export const cli = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

/** A lab that serves its page. */
export class ServedLab {
  readonly child: ChildProcess;
  /** Such as `http://127.0.0.1:1234`, without a slash at its end. */
  readonly origin: string;

  private constructor(child: ChildProcess, origin: string) {
    this.child = child;
    this.origin = origin;
  }

  static async start(): Promise<ServedLab> {
    const child = spawn(process.execPath, [cli, "lab", "--web"], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    const [, origin] = /(http:\/\/127\.0\.0\.1:\d+)\//.exec(line)!;
    return new ServedLab(child, origin!);
  }

  /** Sends an order. @returns the answer's status, and the answer */
  async order(path: string, body: unknown = {}) {
    const response = await fetch(this.origin + path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as { run: number; error: string } };
  }

  /** Starts a run. @returns its number */
  async run(path: string, body?: unknown): Promise<number> {
    const { status, body: answer } = await this.order(path, body);
    assert.equal(status, 202, JSON.stringify(answer));
    return answer.run;
  }

  /** Listens to what happens, until an event for which `isLast` holds. @returns all events up to it */
  async eventsUntil(isLast: (event: LabEvent) => boolean): Promise<LabEvent[]> {
    const leave = new AbortController();
    const { body, headers } = await fetch(`${this.origin}/api/events`, { signal: leave.signal });
    assert.equal(headers.get("content-type"), "text/event-stream");
    const events: LabEvent[] = [];
    try {
      let text = "";
      for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
        const messages = (text + chunk).split("\n\n");
        text = messages.pop()!;
        for (const message of messages) {
          if (!message.startsWith("data: ")) continue;
          events.push(JSON.parse(message.slice("data: ".length)));
          if (isLast(events.at(-1)!)) return events;
        }
      }
      throw new Error(`the stream ended after ${JSON.stringify(events)}`);
    } finally {
      leave.abort();
    }
  }

  /** Waits until a run has ended. @returns its events */
  async eventsOf(run: number): Promise<LabEvent[]> {
    const isLast = (event: LabEvent) =>
      event.run === run && (event.type === "done" || (event.type === "failed" && event.model === undefined));
    return (await this.eventsUntil(isLast)).filter((event) => event.run === run);
  }
}
