/**
 * A child program of the lab: `file-worker PATH WAY BLOCKS-IN-FLIGHT BLOCK-BYTES SECONDS` does all the works on a file, one after
 * the other, each after a warm-up, and tells the lab how it went.
 */
import { readdirSync } from "node:fs";
import { type FileAccess, openAccess } from "./file-access.ts";
import { FILE_BYTES, fillBlock, isRight } from "./file-blocks.ts";
import { FILE_WORKS, type FileFigures, type FileWork } from "./file-report.ts";
import { endWithLab, tellLab } from "./messages.ts";

const WARM_UP_SECONDS = 0.2;
/** Blocks after which work that waits for nothing lets others run. */
const BLOCKS_AT_ONCE = 256;

const [path = "", way = "", inFlight, size, seconds] = process.argv.slice(2);
const blockBytes = Number(size);
const blockCount = Math.floor(FILE_BYTES / blockBytes);

/** One kind of work, done by several at once for some time. */
class Work {
  private readonly access: FileAccess;
  private readonly isRandom: boolean;
  private readonly writes: boolean;
  private next = 0;
  private blocks = 0;
  private mismatches = 0;

  constructor(access: FileAccess, work: FileWork) {
    this.access = access;
    this.isRandom = work.startsWith("random");
    this.writes = work.endsWith("write");
  }

  async run(forSeconds: number): Promise<FileFigures> {
    const usage = process.cpuUsage();
    const start = performance.now();
    const end = start + forSeconds * 1000;
    await Promise.all(Array.from({ length: Number(inFlight) }, () => this.work(end)));
    const { user, system } = process.cpuUsage(usage);
    const elapsed = (performance.now() - start) / 1000;
    const { blocks, mismatches } = this;
    return { blocks, seconds: elapsed, cpuUsPerBlock: (user + system) / blocks, mismatches };
  }

  private async work(end: number): Promise<void> {
    const block = Buffer.alloc(blockBytes);
    while (performance.now() < end) {
      const position = this.place();
      if (this.writes) fillBlock(block, position);
      const waiting = this.writes ? this.access.write(block, position) : this.access.read(block, position);
      if (waiting) await waiting;
      else if (this.blocks % BLOCKS_AT_ONCE === 0) await new Promise(setImmediate);
      if (!this.writes && !isRight(block, position)) this.mismatches++;
      this.blocks++;
    }
  }

  private place(): number {
    const block = this.isRandom ? Math.floor(Math.random() * blockCount) : this.next++ % blockCount;
    return block * blockBytes;
  }
}

endWithLab();
try {
  const access = await openAccess(path, way);
  const figures: Partial<Record<FileWork, FileFigures>> = {};
  for (const work of FILE_WORKS) {
    await new Work(access, work).run(Math.min(WARM_UP_SECONDS, Number(seconds)));
    figures[work] = await new Work(access, work).run(Number(seconds));
  }
  const threads = readdirSync("/proc/self/task").length;
  tellLab({ type: "worked", figures: figures as Record<FileWork, FileFigures>, threads });
} catch (error) {
  tellLab({ type: "failed", reason: (error as Error).message });
}
