import { CLOSE, type Continuation, chooseDriver, type Model, RECEIVE, Request } from "../../drivers/index.ts";
import { Loop } from "../../loop/index.ts";
import { systemError } from "../../sys/index.ts";
import { type CallTrace, nowUs } from "../../tracing/index.ts";
import { DatagramSocket } from "./datagram-socket.ts";
import { OtherWork } from "./other-work.ts";
import type { Read, ReadSetting } from "./read.ts";
import type { Sender } from "./sender.ts";

/** Starts threads, and has V8 see the code, before what is measured. */
const WARM_UP: ReadSetting = { delayMs: 1, sizeBytes: 8 };

/** Reads one datagram on a model's driver, while its thread works on something else. */
export async function readOnDriver(
  model: Model,
  setting: ReadSetting,
  sender: Sender,
  trace: CallTrace,
): Promise<Read> {
  const { driver, reason } = chooseDriver(model);
  // A loop for each read: its memory for what comes in is fresh, so the largest datagram finds room.
  const loop = new Loop(driver, reason);
  try {
    await readOne(loop, WARM_UP, sender);
    trace.clear();
    return await readOne(loop, setting, sender);
  } finally {
    // We go on within a turn of the loop, which it ends before it can be closed.
    await new Promise(setImmediate);
    loop.close();
  }
}

async function readOne(loop: Loop, { delayMs, sizeBytes }: ReadSetting, sender: Sender): Promise<Read> {
  const socket = new DatagramSocket(loop.socketFlags);
  const receipt = new Receipt(loop, socket.fd);
  const work = new OtherWork();
  const askedUs = nowUs();
  sender.send(socket.port, sizeBytes, delayMs);
  receipt.begin();
  work.start();
  await receipt.told;
  work.stop();
  const { toldUs, result, data } = receipt;
  if (result < 0) throw systemError(result, "recv");
  const arrivedUs = socket.arrivedUs(toldUs);
  await receipt.close();
  return { askedUs, sentUs: sender.sentUs, arrivedUs, toldUs, data, otherWork: work.units };
}

/** The first datagram that a socket receives. */
class Receipt implements Continuation {
  /** When it was here. */
  toldUs = 0;
  /** Bytes, or -errno. */
  result = 0;
  data: Buffer = Buffer.alloc(0);
  readonly told: Promise<void>;
  private readonly closed: Promise<void>;
  private readonly loop: Loop;
  private readonly receive: Request;
  private readonly ending: Request;
  private tell!: () => void;
  private tellClosed!: () => void;

  constructor(loop: Loop, fd: number) {
    this.loop = loop;
    this.receive = new Request(RECEIVE, fd, this);
    this.ending = new Request(CLOSE, fd, this);
    this.told = new Promise((resolve) => {
      this.tell = resolve;
    });
    this.closed = new Promise((resolve) => {
      this.tellClosed = resolve;
    });
  }

  begin(): void {
    this.loop.submit(this.receive);
  }

  /** Ends receiving, which would go on, and closes the socket. */
  close(): Promise<void> {
    if (this.receive.inFlight) this.loop.cancel(this.receive);
    else this.loop.submit(this.ending);
    return this.closed;
  }

  complete(request: Request, result: number, data: Buffer | null, more: boolean): void {
    if (request === this.ending) this.tellClosed();
    else if (this.toldUs === 0) {
      this.toldUs = nowUs();
      this.result = result;
      if (data) this.data = data;
      this.tell();
    } else if (!more) this.loop.submit(this.ending);
  }
}
