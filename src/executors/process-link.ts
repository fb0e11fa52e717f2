import type { ChildProcess } from "node:child_process";
import { encodeFrame, FrameReader } from "../framing/index.ts";
import { PollSet } from "../selectors/index.ts";
import {
  addressOf,
  EAGAIN,
  EINTR,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  knownAddress,
  MSG_NOSIGNAL,
  NodeWatcher,
  O_NONBLOCK,
  POLLIN,
  POLLOUT,
  pinInPlace,
  streamSocketPair,
  syscalls,
} from "../sys/index.ts";
import { type Answer, type CallMessage, QUIT, READY, type Welcome } from "./messages.ts";
import type { LinkListener, LinkMaker, WorkerLink } from "./worker-link.ts";
import { WorkerSource } from "./worker-source.ts";

/** A process, and a socket pair to it. */
class ProcessLink implements WorkerLink {
  private readonly processes: Processes;
  private readonly fd: number;
  private readonly child: ChildProcess;
  private readonly reader = new FrameReader();
  private readonly watcher: NodeWatcher;
  private atEnd = false;
  private isOpen = true;
  /** Calls that wait until the process reads. */
  private early: Buffer[] | null = [];

  constructor(processes: Processes, listener: LinkListener) {
    this.processes = processes;
    const [ours, theirs] = socketPair();
    this.fd = ours;
    const { source, welcome, execArgv } = processes;
    try {
      const args = { forkArgs: [String(theirs)], forkOpts: { execArgv } };
      this.child = source.start(args, (cause) => {
        listener.answersCame();
        listener.ended(cause);
        this.close();
      });
    } finally {
      syscalls.close(theirs);
    }
    this.child.unref();
    this.child.channel?.unref();
    this.watcher = new NodeWatcher(ours, false, () => {
      listener.answersCame();
      if (this.atEnd) this.leaveEnd();
    });
    this.watcher.enable(true);
    processes.polled.set(ours, POLLIN);
    this.send(encodeFrame(welcome));
  }

  post(message: CallMessage): void {
    const frame = encodeFrame(message);
    if (this.early === null) this.send(frame);
    else this.early.push(frame);
  }

  append(): boolean {
    // What is in a socket could not be taken back.
    return false;
  }

  recall(): boolean {
    return false;
  }

  hasBegun(): boolean {
    return true;
  }

  take(): Answer | undefined {
    while (!this.reader.isComplete) {
      if (!this.isOpen || this.atEnd) return undefined;
      const count = this.reader.fill(this.receive);
      if (count === -EAGAIN || count === -EINTR) return undefined;
      this.atEnd = count <= 0;
    }
    const answer = this.reader.take() as Answer;
    if (answer[0] === READY) this.sendEarly();
    return answer;
  }

  hasEnded(): boolean {
    return this.atEnd;
  }

  ref(): void {
    if (this.isOpen) this.watcher.ref();
  }

  unref(): void {
    if (this.isOpen) this.watcher.unref();
  }

  quit(): void {
    this.child.ref();
    const frame = encodeFrame(QUIT);
    if (this.early === null) this.send(frame);
    else this.early.push(frame);
  }

  kill(): void {
    this.child.ref();
    this.child.kill("SIGKILL");
  }

  /** At its end a socket is readable for ever. From now on the process itself is waited for. */
  private leaveEnd(): void {
    this.child.ref();
    setImmediate(() => this.close());
  }

  private sendEarly(): void {
    const { early } = this;
    this.early = null;
    for (const frame of early ?? []) this.send(frame);
  }

  /** Sends all of it. The process reads whatever comes, so there is hardly a wait; one that has gone is told of elsewhere. */
  private send(frame: Buffer): void {
    const address = addressOf(frame);
    for (let at = 0; at < frame.length && this.isOpen; ) {
      const sent = syscalls.send(this.fd, address + at, frame.length - at, MSG_NOSIGNAL);
      if (sent >= 0) at += sent;
      else if (sent === -EAGAIN) this.processes.waitForRoom(this.fd);
      else if (sent !== -EINTR) return;
    }
  }

  private readonly receive = (room: Buffer) => receive(this.fd, room);

  private close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.watcher.close();
    this.processes.polled.remove(this.fd);
    syscalls.close(this.fd);
  }
}

/** Worker processes. */
export class Processes implements LinkMaker<ProcessLink> {
  readonly source = new WorkerSource("process");
  readonly welcome: Welcome;
  readonly execArgv: readonly string[];
  /** Where answers come from, for a thread that is blocked. */
  readonly polled = new PollSet();
  private readonly written = new PollSet();

  /** @param memoryLimitMb of a process's heap; undefined for Node's own limit */
  constructor(welcome: Welcome, memoryLimitMb: number | undefined) {
    this.welcome = welcome;
    this.execArgv = memoryLimitMb === undefined ? [] : [`--max-old-space-size=${memoryLimitMb}`];
  }

  make(listener: LinkListener): ProcessLink {
    return new ProcessLink(this, listener);
  }

  mark(): void {
    // Sockets stay readable until they are read.
  }

  sleep(timeoutMs: number): void {
    this.polled.wait(Math.min(Math.ceil(timeoutMs), 2 ** 31 - 1));
  }

  /** Blocks until a socket takes more, or its other end has gone. */
  waitForRoom(fd: number): void {
    this.written.set(fd, POLLOUT);
    this.written.wait(-1);
    this.written.remove(fd);
  }
}

/** @returns our end, which never waits, and the child's, which is inherited until it is closed here */
function socketPair(): [number, number] {
  const [ours, theirs] = streamSocketPair();
  syscalls.fcntl(ours, F_SETFL, syscalls.fcntl(ours, F_GETFL, 0) | O_NONBLOCK);
  syscalls.fcntl(theirs, F_SETFD, 0);
  return [ours, theirs];
}

function receive(fd: number, room: Buffer): number {
  const known = knownAddress(room);
  return syscalls.recv(fd, known < 0 ? pinInPlace(room) : known, room.length, 0);
}
