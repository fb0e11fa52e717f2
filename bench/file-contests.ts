import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildPeers, type Excuse } from "./peers.ts";
import { peersFolder, program } from "./process.ts";

const MEBIBYTE = 1024 * 1024;
/** Several times what a processor has for itself as a cache. */
const FILE_MEBIBYTES = 16;
const STAT_FILES = 100_000;
const READ_FILES = 10_000;
const IN_FLIGHT = 64;

/** What one measurement has given. */
export interface Figures {
  readonly perSecond: number;
  /** Processor time of one operation, that of the process's threads included. */
  readonly cpuNs: number;
}

/** Who does some work: a program, and what its last line says. */
export interface Contestant {
  readonly name: string;
  readonly command: readonly string[];
  readonly parse: (line: string) => Figures;
}

/** Work that several do in turn. */
export interface Contest {
  readonly work: string;
  readonly contestants: readonly Contestant[];
}

interface Measured {
  readonly operations: number;
  readonly seconds: number;
  readonly cpuNs: number;
}

/** Makes the files in a folder, and tells who takes part. */
export function setUpContests(folder: string, seconds: number): { contests: Contest[]; skipped: Excuse[] } {
  const file = join(folder, "file");
  writeFileSync(file, Buffer.alloc(FILE_MEBIBYTES * MEBIBYTE, "x"));
  const many = makeFiles(join(folder, "many"), STAT_FILES, "");
  const small = makeFiles(join(folder, "small"), READ_FILES, "x".repeat(4096));
  // Past the page cache nothing is read before it is on the disk; and what is still on its way there would hold up who reads then.
  spawnSync("sync", ["--file-system", folder]);
  const log = join(folder, "log");
  const our = (work: string, by: string, path: string, ...rest: string[]) =>
    ours(work, by, path, seconds, rest);
  const reasons = buildPeers("uring-read");
  const skipped: Excuse[] = [...reasons].map(([name, reason]) => ({ name, reason }));
  const c = (...rest: string[]) => (reasons.size > 0 ? [] : [uringRead(file, seconds, rest)]);
  const hasFio = spawnSync("fio", ["--version"]).status === 0;
  if (!hasFio) skipped.push({ name: "fio", reason: "no fio; it is in Debian" });
  return {
    contests: [
      {
        work: "random reads from the page cache",
        contestants: [
          ...["pentio", "await", "parallelRead", "promises"].map((by) => our("random-read", by, file)),
          ...c(),
        ],
      },
      {
        work: "random reads from the disk",
        contestants: [
          our("random-read", "pentio", file, "direct"),
          our("random-read", "promises", file, "direct"),
          ...c("direct"),
          ...(hasFio ? [fio(file, seconds)] : []),
        ],
      },
      { work: "stat", contestants: ["pentio", "promises"].map((by) => our("stat", by, many)) },
      { work: "read-files", contestants: ["pentio", "promises"].map((by) => our("read-files", by, small)) },
      { work: "log", contestants: ["pentio", "promises"].map((by) => our("log", by, `${log}-${by}`)) },
    ],
    skipped,
  };
}

function makeFiles(folder: string, count: number, text: string): string {
  mkdirSync(folder);
  for (let i = 0; i < count; i++) writeFileSync(join(folder, String(i)), text);
  return folder;
}

function ours(work: string, by: string, path: string, seconds: number, rest: readonly string[]): Contestant {
  const command = [process.execPath, program("file-work"), work, by, path, String(seconds), ...rest];
  return { name: by, command, parse: (line) => figures(JSON.parse(line) as Measured) };
}

function uringRead(file: string, seconds: number, rest: readonly string[]): Contestant {
  const command = [join(peersFolder, "build/uring-read"), file, String(seconds), String(IN_FLIGHT), ...rest];
  const parse = (line: string) => {
    const { reads, ...times } = JSON.parse(line) as Omit<Measured, "operations"> & { reads: number };
    return figures({ operations: reads, ...times });
  };
  return { name: "C", command, parse };
}

function fio(file: string, seconds: number): Contestant {
  const options = {
    ...{ name: "reads", filename: file, ioengine: "io_uring", rw: "randread", bs: "4k", direct: "1" },
    ...{ iodepth: String(IN_FLIGHT), runtime: String(seconds), time_based: "1" },
    // As ours: what the disk has saved up for a burst is used up before.
    ...{ ramp_time: "400ms" },
    // Read, write and trim, with 0 for what was not done; fields 8 of read: operations per second.
    ...{ "output-format": "terse", "terse-version": "3" },
  };
  const command = ["fio", ...Object.entries(options).map(([name, value]) => `--${name}=${value}`)];
  const parse = (line: string) => {
    const fields = line.split(";");
    const perSecond = Number(fields[7]);
    // User and system time, percent of one processor.
    const percent = Number.parseFloat(fields[87]!) + Number.parseFloat(fields[88]!);
    return { perSecond, cpuNs: (percent / 100) * (1e9 / perSecond) };
  };
  return { name: "fio", command, parse };
}

function figures({ operations, seconds, cpuNs }: Measured): Figures {
  return { perSecond: operations / seconds, cpuNs: cpuNs / operations };
}
