/** What workers are asked to do in examples/distributed.ts. */
import { createHash } from "node:crypto";
import { progress } from "pentio/executors/worker";

export function hash(text: string, rounds: number): string {
  let digest = text;
  for (let round = 1; round <= rounds; round++) {
    digest = createHash("sha256").update(digest).digest("hex");
    if (round % 10_000 === 0) progress(round / rounds);
  }
  return digest;
}
