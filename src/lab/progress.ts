const BAR_LENGTH = 24;
const REFRESH_MS = 100;

/** Shows people what the lab does at the moment. */
export interface Progress {
  /** A new subject, which the steps that follow belong to. */
  begin(subject: string): void;
  /** A step begins. @param seconds how long it takes, where that is known */
  step(text: string, seconds?: number): void;
  /** There is nothing more to show. */
  end(): void;
}

/** Progress on a terminal in one line that changes; elsewhere in a line per step. */
export function makeProgress(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? new TerminalProgress(stream) : new LineProgress(stream);
}

class LineProgress implements Progress {
  private readonly stream: NodeJS.WriteStream;
  private subject = "";

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
  }

  begin(subject: string): void {
    this.subject = subject;
  }

  step(text: string): void {
    this.stream.write(`${this.subject}: ${text}\n`);
  }

  end(): void {
    // Every line is complete.
  }
}

class TerminalProgress implements Progress {
  private readonly stream: NodeJS.WriteStream;
  private subject = "";
  private timer: NodeJS.Timeout | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
  }

  begin(subject: string): void {
    this.subject = subject;
  }

  step(text: string, seconds?: number): void {
    clearInterval(this.timer);
    const line = `${this.subject}: ${text}`;
    if (seconds === undefined) {
      this.show(line);
      return;
    }
    const startedAt = performance.now();
    const draw = () => this.show(`${line} ${bar((performance.now() - startedAt) / (seconds * 1000))}`);
    draw();
    this.timer = setInterval(draw, REFRESH_MS);
  }

  end(): void {
    clearInterval(this.timer);
    this.show("");
  }

  private show(line: string): void {
    // A line that wraps could not be taken back.
    this.stream.write(`\r\x1b[2K${line.slice(0, this.stream.columns - 1)}`);
  }
}

function bar(share: number): string {
  const length = Math.round(Math.min(1, share) * BAR_LENGTH);
  return "█".repeat(length) + "░".repeat(BAR_LENGTH - length);
}
