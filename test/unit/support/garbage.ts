import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Makes litter and collects it, and with it all that nobody refers to. */
export function collectGarbage(): void {
  const litter: unknown[] = [];
  for (let i = 0; i < 2000; i++) litter.push(Buffer.from(`litter ${i}`), new Uint8Array(5000));
  litter.length = 0;
  collect();
  collect();
}
