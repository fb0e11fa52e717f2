import { readSync, writeSync } from "node:fs";
import { encodeFrame, FrameReader } from "../framing/index.ts";
import { type Answer, type CallMessage, PROGRESS, QUIT, type Quit, type Welcome } from "./messages.ts";
import { failure, isPromise, Performer } from "./performer.ts";
import { reportProgress } from "./progress.ts";

/** In a worker process: makes calls and answers them. */
class ProcessServer {
  private readonly performer = new Performer((module) => import(module));
  private readonly fd: number;
  private readonly reader = new FrameReader();

  constructor(fd: number) {
    this.fd = fd;
  }

  async begin(): Promise<void> {
    reportProgress((value) => this.send(encodeFrame([PROGRESS, value])));
    this.answer(await this.performer.begin(this.receive() as Welcome));
    this.serve();
  }

  /** Between calls the process sleeps in read(2). */
  private serve(): void {
    for (;;) {
      const answer = this.performer.perform(this.receive() as CallMessage);
      if (isPromise(answer)) {
        answer.then((late) => {
          this.answer(late);
          this.serve();
        });
        return;
      }
      this.answer(answer);
    }
  }

  private readonly read = (room: Buffer) => readAgain(this.fd, room);

  private receive(): Welcome | CallMessage {
    while (!this.reader.isComplete) if (this.reader.fill(this.read) <= 0) process.exit();
    const message = this.reader.take() as Welcome | CallMessage | Quit;
    if (message === QUIT) process.exit();
    return message;
  }

  private answer(answer: Answer): void {
    let frame: Buffer;
    try {
      frame = encodeFrame(answer);
    } catch (error) {
      frame = encodeFrame(failure(error));
    }
    this.send(frame);
  }

  private send(frame: Buffer): void {
    for (let at = 0; at < frame.length; ) at += writeSync(this.fd, frame, at);
  }
}

/** In a worker process: makes calls and answers them, until it is told to end, or the process that started it has gone. */
export function serveProcess(fd: number): void {
  new ProcessServer(fd).begin();
}

/** read(2), and again after a signal. @returns 0 at the end, also when the other end has gone without reading all */
function readAgain(fd: number, room: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, room);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ECONNRESET") return 0;
      if (code !== "EINTR") throw error;
    }
  }
}
