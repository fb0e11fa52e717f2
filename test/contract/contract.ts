import { describe } from "node:test";
import type { Model } from "../../src/drivers/index.ts";
import { bursts } from "./bursts.ts";
import { cancelling } from "./cancelling.ts";
import { connecting } from "./connecting.ts";
import { datagrams } from "./datagrams.ts";
import { fileCalls } from "./file-calls.ts";
import { files } from "./files.ts";
import { filesAtRandom } from "./files-at-random.ts";
import { receiving } from "./receiving.ts";
import { sending } from "./sending.ts";
import { variants } from "./variants.ts";
import { waiting } from "./waiting.ts";

/**
 * Holds the drivers of models to the contract of drivers/driver.ts, in all their variants: the same requests give the same
 * answers. The files beside this one share the models among them, for files run side by side.
 */
export function keepTheContract(...models: readonly Model[]): void {
  for (const variant of variants.filter(({ model }) => models.includes(model))) {
    describe(`the driver ${variant.name}`, { skip: variant.refusal }, () => {
      receiving(variant);
      sending(variant);
      connecting(variant);
      datagrams(variant);
      cancelling(variant);
      waiting(variant);
      bursts(variant);
      files(variant);
      filesAtRandom(variant);
      fileCalls(variant);
    });
  }
}
