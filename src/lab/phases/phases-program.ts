/**
 * A child program of the lab: measures reads on one model.
 *
 *     phases-program.js MODEL DELAY-MS SIZE-BYTES
 */
import { CallTrace } from "../../tracing/index.ts";
import { endWithLab, tellLab } from "../messages.ts";
import { Sender } from "./sender.ts";

const [model = "", delayMs, sizeBytes] = process.argv.slice(2);

endWithLab();
try {
  // The sender's calls stay out of the trace, which is for what is loaded and started from here on.
  const sender = new Sender();
  await sender.ready();
  const trace = CallTrace.begin();
  const { measureModel } = await import("./measure-model.ts");
  const setting = { delayMs: Number(delayMs), sizeBytes: Number(sizeBytes) };
  tellLab({ type: "timed", timelines: await measureModel(model, setting, sender, trace) });
} catch (error) {
  tellLab({ type: "failed", reason: (error as Error).message });
}
