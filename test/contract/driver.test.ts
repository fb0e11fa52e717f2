import { describe } from "node:test";
import { bursts } from "./bursts.ts";
import { cancelling } from "./cancelling.ts";
import { connecting } from "./connecting.ts";
import { fileCalls } from "./file-calls.ts";
import { files } from "./files.ts";
import { filesAtRandom } from "./files-at-random.ts";
import { receiving } from "./receiving.ts";
import { sending } from "./sending.ts";
import { variants } from "./variants.ts";
import { waiting } from "./waiting.ts";

/** The contract of drivers/driver.ts, which every driver keeps: the same requests give the same answers. */
for (const variant of variants) {
  describe(`the driver ${variant.name}`, { skip: variant.refusal }, () => {
    receiving(variant);
    sending(variant);
    connecting(variant);
    cancelling(variant);
    waiting(variant);
    bursts(variant);
    files(variant);
    filesAtRandom(variant);
    fileCalls(variant);
  });
}
