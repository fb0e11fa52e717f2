/**
 * The same random operations on Python's own selectors and on ours, over sockets of each one's own: every answer, every
 * refusal and every selection must be the same.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { EpollSelector, PollSelector, type Selector, SelectSelector } from "../../src/selectors/public.ts";
import { missing } from "../support/programs.ts";
import { moveDescriptor, SocketEnd } from "../support/socket-ends.ts";
import { Random, seeds } from "../unit/support/random.ts";
import { socketPair } from "../unit/support/uring.ts";

const SLOTS = 6;
/** Their descriptors begin here, and after them those of their peers: numbers that nobody else uses. */
const FIRST = 900;
const STEPS = 600;

/** What is done, to which of the sockets, and with which events and data. */
type Step = readonly [action: string, slot: number, events: number, data: number];

const actions = {
  registering: ["register", "register", "register"],
  changing: ["modify", "modify", "modify", "unregister", "unregisterNumber"],
  asking: ["getKey", "getNumber", "map", "select", "select", "select", "select"],
  traffic: ["send", "send", "drain", "fill", "drainPeer", "drainPeer"],
  ending: ["closePeer", "close", "reopen", "reopen"],
};

function script(random: Random): Step[] {
  const choices = Object.values(actions).flat();
  return Array.from({ length: STEPS }, () => {
    const action = random.pick(choices);
    const events = random.below(20) === 0 ? 4 : random.below(4);
    return [action, random.below(SLOTS), events, random.below(3)];
  });
}

const python = `
import fcntl, json, os, selectors, socket, sys

SLOTS, FIRST = ${SLOTS}, ${FIRST}

class Slot:
    def __init__(self, place):
        self.place = place
        self.number = FIRST + place
        self.open()
    def fileno(self):
        return self.fd
    def open(self):
        a, b = (end.detach() for end in socket.socketpair())
        self.fd, self.peer = move(a, self.number), move(b, self.number + SLOTS)
    def close(self):
        if self.fd >= 0: os.close(self.fd)
        self.fd = -1
    def close_peer(self):
        if self.peer >= 0: os.close(self.peer)
        self.peer = -1

def move(fd, to):
    moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, to)
    os.close(fd)
    assert moved == to
    return moved

def on(fd, work):
    if fd < 0: return
    end = socket.socket(fileno=fd)
    end.setblocking(False)
    try:
        while work(end): pass
    except OSError: pass
    finally:
        end.setblocking(True)
        end.detach()

# Half of them are registered as objects, half by number.
def name(slot):
    return slot if slot.place % 2 == 0 else slot.number

def shown(key):
    return [key.fd - FIRST, key.fileobj == name(slots[key.fd - FIRST]), key.events, key.data]

def perform(selector, action, slot, events, data):
    if action == "register": return shown(selector.register(name(slot), events, data))
    if action == "modify": return shown(selector.modify(name(slot), events, data))
    if action == "unregister": return shown(selector.unregister(name(slot)))
    if action == "unregisterNumber": return shown(selector.unregister(slot.number))
    if action == "getKey": return shown(selector.get_key(name(slot)))
    if action == "getNumber": return shown(selector.get_key(slot.number))
    if action == "map": return sorted(shown(key) for key in selector.get_map().values())
    if action == "select": return sorted([*shown(key), events] for key, events in selector.select(-data))
    if action == "send": on(slot.peer, lambda end: end.send(b"x") and False)
    if action == "drain": on(slot.fd, lambda end: end.recv(65536))
    if action == "fill": on(slot.fd, lambda end: end.send(bytes(4096)))
    if action == "drainPeer": on(slot.peer, lambda end: end.recv(65536))
    if action == "closePeer": slot.close_peer()
    if action == "close": slot.close()
    if action == "reopen":
        slot.close(); slot.close_peer(); slot.open()

def outcome(selector, step):
    action, place, events, data = step
    try: return perform(selector, action, slots[place], events, data)
    except KeyError: return "ERR_ALREADY_REGISTERED" if action == "register" else "ERR_NOT_REGISTERED"
    except ValueError: return "ERR_INVALID_ARG_VALUE"
    except OSError as error: return __import__("errno").errorcode[error.errno]

def closed(work):
    try: return work()
    except (RuntimeError, ValueError): return "closed"

answers = []
for kind, steps in json.load(sys.stdin):
    slots = [Slot(place) for place in range(SLOTS)]
    selector = getattr(selectors, kind)()
    outcomes = [outcome(selector, step) for step in steps]
    kept = selector.get_map()
    selector.close()
    selector.close()
    outcomes += [selector.get_map(), len(kept), closed(lambda: selector.get_key(slots[0].number))]
    for slot in slots: slot.close(); slot.close_peer()
    answers.append(outcomes)
json.dump(answers, sys.stdout)
`;

class Slot extends SocketEnd {
  /** The descriptor, also when it is closed. */
  readonly number: number;
  readonly peer = new SocketEnd(-1);
  /** Half of them are registered as objects, half by number. */
  readonly name: Slot | number;

  constructor(place: number) {
    super(-1);
    this.number = FIRST + place;
    this.name = place % 2 === 0 ? this : this.number;
    this.reopen();
  }

  /** Another socket under the same number. */
  reopen(): void {
    this.closeBoth();
    const [a, b] = socketPair();
    this.fd = moveDescriptor(a, this.number);
    this.peer.fd = moveDescriptor(b, this.number + SLOTS);
    assert.deepEqual([this.fd, this.peer.fd], [this.number, this.number + SLOTS]);
  }

  closeBoth(): void {
    this.close();
    this.peer.close();
  }
}

const kinds = { SelectSelector, PollSelector, EpollSelector };

/** One run of our own. */
class Run {
  readonly slots = Array.from({ length: SLOTS }, (_, place) => new Slot(place));
  readonly selector: Selector<number>;

  constructor(kind: keyof typeof kinds) {
    this.selector = new kinds[kind]();
  }

  outcomes(steps: readonly Step[]): unknown[] {
    const outcomes = steps.map((step) => attempt(() => this.perform(...step)));
    const kept = this.selector.getMap()!;
    this.selector.close();
    this.selector.close();
    outcomes.push(this.selector.getMap(), kept.size);
    outcomes.push(attempt(() => this.selector.getKey(this.slots[0]!.number)));
    for (const slot of this.slots) slot.closeBoth();
    return outcomes;
  }

  private perform(action: string, place: number, events: number, data: number): unknown {
    const { selector } = this;
    const slot = this.slots[place]!;
    if (action === "register") return this.shown(selector.register(slot.name, events, data));
    if (action === "modify") return this.shown(selector.modify(slot.name, events, data));
    if (action === "unregister") return this.shown(selector.unregister(slot.name));
    if (action === "unregisterNumber") return this.shown(selector.unregister(slot.number));
    if (action === "getKey") return this.shown(selector.getKey(slot.name));
    if (action === "getNumber") return this.shown(selector.getKey(slot.number));
    if (action === "map")
      return Array.from(selector.getMap()!.values(), (key) => this.shown(key)).sort(byPlace);
    if (action === "select") {
      return selector
        .select(-data)
        .map(([key, ready]) => [...this.shown(key), ready])
        .sort(byPlace);
    }
    transfer(action, slot);
    return null;
  }

  private shown({ fileobj, fd, events, data }: ReturnType<Selector<number>["getKey"]>): unknown[] {
    return [fd - FIRST, fileobj === this.slots[fd - FIRST]!.name, events, data];
  }
}

function transfer(action: string, slot: Slot): void {
  if (action === "send") slot.peer.send("x");
  else if (action === "drain") slot.drain();
  else if (action === "fill") slot.fill();
  else if (action === "drainPeer") slot.peer.drain();
  else if (action === "closePeer") slot.peer.close();
  else if (action === "close") slot.close();
  else slot.reopen();
}

function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ERR_SELECTOR_CLOSED" ? "closed" : code;
  }
}

function byPlace(a: unknown[], b: unknown[]): number {
  return (a[0] as number) - (b[0] as number);
}

describe("selectors", { skip: missing("python3", "--version") }, () => {
  it("answer as Python's do, whatever is done in whatever order", { timeout: 180_000 }, (t) => {
    const runs = (Object.keys(kinds) as (keyof typeof kinds)[]).flatMap((kind) =>
      seeds().map((seed) => ({ kind, seed, steps: script(new Random(seed)) })),
    );
    const input = JSON.stringify(runs.map(({ kind, steps }) => [kind, steps]));
    const { stdout, stderr } = spawnSync("python3", ["-c", python], {
      input,
      encoding: "utf8",
      maxBuffer: 1e8,
    });
    assert.equal(stderr, "");
    const answers: unknown[][] = JSON.parse(stdout);
    const seen = new Map<string, number>();
    for (const [run, { kind, seed, steps }] of runs.entries()) {
      const ours = new Run(kind).outcomes(steps);
      for (const [i, outcome] of ours.entries()) {
        const done = steps.slice(Math.max(0, i - 30), i + 1).map((step) => step.join(" "));
        assert.deepEqual(outcome, answers[run]![i], `${kind}, seed ${seed}, step ${i}: ${done.join("; ")}`);
        if (typeof outcome === "string") seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      }
    }
    t.diagnostic(JSON.stringify(Object.fromEntries(seen)));
    // One seed alone, brought back, need not meet them all.
    if (process.env.PENTIO_TEST_SEED !== undefined) return;
    for (const code of [
      "EBADF",
      "ENOENT",
      "ERR_ALREADY_REGISTERED",
      "ERR_INVALID_ARG_VALUE",
      "ERR_NOT_REGISTERED",
    ]) {
      assert.ok(seen.has(code), `${code} was met`);
    }
  });
});
