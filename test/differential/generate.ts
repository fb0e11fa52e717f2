import { Random } from "../support/random.ts";
import {
  type Attempt,
  type ConnectionPlan,
  type Ending,
  type Flow,
  type Library,
  otherSide,
  type Program,
  type Reading,
  type Side,
  type Step,
} from "./program.ts";

/** Lengths of messages: mostly small, rarely nearly a mebibyte. The first column says how many of a hundred. */
const lengths = [
  [5, 0, 0],
  [45, 1, 100],
  [22, 101, 4096],
  [20, 4097, 65_536],
  [6, 65_537, 300_000],
  [2, 300_001, 1_000_000],
] as const;

const families = ["TCP", "TCP", "Unix"] as const;

/** Makes the program of a seed. */
export function generate(seed: number): Program {
  const chance = new Chance(seed);
  return {
    seed,
    attempts: chance.list(0, 2, () => attempt(chance)),
    connections: chance.list(1, 3, () => connection(chance)),
  };
}

class Chance {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  between(low: number, high: number): number {
    return this.#random.between(low, high);
  }

  /** True `percent` times of a hundred. */
  often(percent: number): boolean {
    return this.between(1, 100) <= percent;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.between(0, choices.length - 1)]!;
  }

  list<T>(low: number, high: number, make: () => T): T[] {
    return Array.from({ length: this.between(low, high) }, make);
  }

  side(): Side {
    return this.of(["client", "server"]);
  }

  length(): number {
    let percent = this.between(1, 100);
    const row = lengths.find(([share]) => {
      percent -= share;
      return percent <= 0;
    })!;
    return this.between(row[1], row[2]);
  }

  /** Turns that pass before a cancellation. */
  turns(): number {
    return this.often(50) ? this.between(0, 3) : this.between(0, 30);
  }
}

function attempt(chance: Chance): Attempt {
  const turns = chance.turns();
  const family = chance.of(families);
  return chance.of<() => Attempt>([
    () => ({ kind: "connect where nobody listens", family }),
    () => ({ kind: "connect to what is no socket" }),
    () => ({ kind: "listen where somebody listens", family }),
    () => ({ kind: "cancel an accept", turns }),
    () => ({ kind: "cancel an accept while a connection comes", turns }),
    () => ({ kind: "close a server under its acceptors", acceptors: chance.between(1, 4) }),
    () => ({ kind: "cancel a connect", family, turns }),
    () => ({ kind: "cancel a sleep", turns }),
    () => ({ kind: "serve a crowd", clients: chance.between(2, 12), bytes: chance.length() }),
  ])();
}

function connection(chance: Chance): ConnectionPlan {
  const family = chance.of(families);
  const [client, server] = chance.of<[Library, Library]>([
    ["pentio", "pentio"],
    ["pentio", "pentio"],
    ["pentio", "node"],
    ["node", "pentio"],
  ]);
  const libraries = { client, server };
  const allowHalfOpen = chance.often(50);
  return {
    family,
    client,
    server,
    allowHalfOpen,
    acceptFirst: chance.often(50),
    bufferBytes: chance.often(30) ? chance.of([32_768, 65_536]) : undefined,
    steps: chance.list(0, 4, () => step(chance, libraries)),
    ending: ending(chance, family, libraries, allowHalfOpen),
  };
}

type Libraries = Readonly<Record<Side, Library>>;

/** A side whose end is Pentio's. */
function pentioSide(chance: Chance, libraries: Libraries): Side {
  const side = chance.side();
  return libraries[side] === "pentio" ? side : otherSide(side);
}

function step(chance: Chance, libraries: Libraries): Step {
  const side = pentioSide(chance, libraries);
  const kind = chance.between(1, 100);
  if (kind <= 60) return transfer(chance, libraries);
  if (kind <= 72) return { kind: "cancel a read", side, turns: chance.turns() };
  if (kind <= 84) {
    return {
      kind: "cancel a writer",
      from: side,
      bytes: chance.of([10_000, 200_000]),
      turns: chance.turns(),
    };
  }
  if (kind <= 92) return { kind: "read twice at once", side, bytes: chance.between(1, 5000) };
  return { kind: "sleep", delayMs: chance.between(0, 2) };
}

function transfer(chance: Chance, libraries: Libraries): Step {
  const from = chance.side();
  const flows = [flow(chance, from, libraries)];
  if (chance.often(40)) flows.push(flow(chance, otherSide(from), libraries));
  return { kind: "transfer", flows };
}

function flow(chance: Chance, from: Side, libraries: Libraries): Flow {
  const writers = chance.often(75) ? 1 : chance.between(2, 4);
  return {
    from,
    writers: Array.from({ length: writers }, () => chance.list(1, 4, () => chance.length())),
    reading: reading(chance, libraries[otherSide(from)]),
  };
}

function reading(chance: Chance, library: Library): Reading {
  const mayCancel = library === "pentio" && chance.often(40);
  return {
    lateTurns: chance.often(30) ? chance.turns() : 0,
    cancelAfterTurns: mayCancel ? chance.list(1, 5, () => chance.turns()) : [],
    pauses: chance.often(20) ? chance.between(1, 3) : 0,
  };
}

function ending(
  chance: Chance,
  family: ConnectionPlan["family"],
  libraries: Libraries,
  allowHalfOpen: boolean,
): Ending {
  const side = pentioSide(chance, libraries);
  // Of two ends the one that is told of something must be Pentio's; the other may be.
  const first = otherSide(side);
  const writing = chance.often(40);
  const mayAnswer = allowHalfOpen || libraries[side] === "node";
  const endings: (() => Ending)[] = [
    () => ({ kind: "end", first, afterwards: mayAnswer ? chance.list(0, 3, () => chance.length()) : [] }),
    () => ({ kind: "both end" }),
    () => ({ kind: "close", first }),
    () => ({ kind: "close unread", first, bytes: chance.between(1, 5000) }),
    () => ({ kind: "close under a reader", side, writing }),
  ];
  // Only TCP knows resets on demand, and only node:net's sockets offer them.
  if (family === "TCP" && libraries[first] === "node")
    endings.push(() => ({ kind: "reset", first, writing }));
  return chance.of(endings)();
}
