import type { ChildProcess } from "node:child_process";
import { encodeFrame, FrameReader } from "../framing/index.ts";
import { PollSet } from "../selectors/index.ts";
import {
  addressOf,
  disownDescriptor,
  EAGAIN,
  EINTR,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  knownAddress,
  MSG_NOSIGNAL,
  NodeWatcher,
  O_NONBLOCK,
  ownDescriptor,
  POLLIN,
  POLLOUT,
  pinInPlace,
  streamSocketPair,
  syscalls,
} from "../sys/index.ts";
import { LifeLine } from "./life-line.ts";
import { type Answer, type CallMessage, QUIT, type Welcome } from "./messages.ts";
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
  private isAtWork = false;
  private isOpen = true;
  /** What the socket has had no room for yet. */
  private readonly unsent: Buffer[] = [];

  constructor(processes: Processes, listener: LinkListener) {
    this.processes = processes;
    const [ours, theirs] = socketPair();
    this.fd = ours;
    const lifeLine = new LifeLine(() => this.isAtWork);
    const { source, welcome, execArgv } = processes;
    try {
      const args = { forkArgs: [String(theirs)], forkOpts: { execArgv } };
      this.child = source.start(args, (cause) => {
        listener.answersCame();
        listener.ended(cause);
        this.close();
        lifeLine.close();
      });
      lifeLine.tie(this.child.pid);
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
    this.send(encodeFrame(message));
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
    if (this.unsent.length > 0) this.sendRest();
    while (!this.reader.isComplete) {
      if (!this.isOpen || this.atEnd) return undefined;
      const count = this.reader.fill(this.receive);
      if (count === -EAGAIN || count === -EINTR) return undefined;
      this.atEnd = count <= 0;
    }
    return this.reader.take() as Answer;
  }

  hasEnded(): boolean {
    return this.atEnd;
  }

  ref(): void {
    this.isAtWork = true;
    if (this.isOpen) this.watcher.ref();
  }

  unref(): void {
    this.isAtWork = false;
    if (this.isOpen) this.watcher.unref();
  }

  quit(): void {
    this.child.ref();
    this.send(encodeFrame(QUIT));
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

  /** Sends now what there is room for. A process that starts, or is stopped, reads nothing: it gets the rest when it does. */
  private send(frame: Buffer): void {
    const sent = this.unsent.length > 0 ? 0 : this.write(frame);
    if (sent === frame.length) return;
    this.unsent.push(frame.subarray(sent));
    this.watchRoom(true);
  }

  private sendRest(): void {
    const { unsent } = this;
    for (let frame = unsent.shift(); frame; frame = unsent.shift()) {
      const sent = this.write(frame);
      if (sent === frame.length) continue;
      unsent.unshift(frame.subarray(sent));
      return;
    }
    this.watchRoom(false);
  }

  /** @returns how many bytes there was room for; all of them if the process has gone, which is told elsewhere */
  private write(frame: Buffer): number {
    const address = addressOf(frame);
    for (let at = 0; at < frame.length && this.isOpen; ) {
      const sent = syscalls.send(this.fd, address + at, frame.length - at, MSG_NOSIGNAL);
      if (sent >= 0) at += sent;
      else if (sent === -EAGAIN) return at;
      else if (sent !== -EINTR) break;
    }
    return frame.length;
  }

  /** Whether this thread, in its loop or blocked, is told when the socket takes more. */
  private watchRoom(wanted: boolean): void {
    if (!this.isOpen) return;
    this.watcher.watchRoom(wanted);
    this.processes.polled.set(this.fd, wanted ? POLLIN | POLLOUT : POLLIN);
  }

  private readonly receive = (room: Buffer) => receive(this.fd, room);

  private close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.watcher.close();
    this.processes.polled.remove(this.fd);
    disownDescriptor(this.fd);
    syscalls.close(this.fd);
  }
}

/** Worker processes. */
export class Processes implements LinkMaker<ProcessLink> {
  readonly source = new WorkerSource("process");
  readonly welcome: Welcome;
  readonly execArgv: readonly string[];
  /** What a thread that is blocked waits for: answers, and room for calls. */
  readonly polled = new PollSet();

  /** @param memoryLimitMb of a process's heap; undefined for Node's own limit */
  constructor(welcome: Welcome, memoryLimitMb: number | undefined) {
    this.welcome = welcome;
    const limits = memoryLimitMb === undefined ? [] : [`--max-old-space-size=${memoryLimitMb}`];
    this.execArgv = [...inheritedFlags(process.execArgv), ...limits];
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
}

/** @returns our end, which never waits, and the child's, which is inherited until it is closed here */
function socketPair(): [number, number] {
  const [ours, theirs] = streamSocketPair();
  syscalls.fcntl(ours, F_SETFL, syscalls.fcntl(ours, F_GETFL, 0) | O_NONBLOCK);
  syscalls.fcntl(theirs, F_SETFD, 0);
  ownDescriptor(ours);
  return [ours, theirs];
}

/** Flags of Node that say what else than a file is run, some with a value behind them; and the debugger, whose port workerpool chooses. */
const NOT_INHERITED = /^--?(e|p|pe|eval|print|input-type|inspect|test|watch)\b/;
const VALUE_FOLLOWS = /^(-e|-p|-pe|--eval|--print)$/;

/** Flags of this process for its children, as fork() passes them on: what is imported first, conditions of modules and the like. */
function inheritedFlags(flags: readonly string[]): string[] {
  return flags.filter((flag, i) => !NOT_INHERITED.test(flag) && !VALUE_FOLLOWS.test(flags[i - 1] ?? ""));
}

function receive(fd: number, room: Buffer): number {
  const known = knownAddress(room);
  return syscalls.recv(fd, known < 0 ? pinInPlace(room) : known, room.length, 0);
}
