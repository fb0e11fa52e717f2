/**
 * A user interface and its message loop, frozen and responsive. Key strokes and mouse events come into a queue, and one
 * thread takes them out and handles each. Saving takes long, for the disk is slow: a handler that waits for it in a call
 * that blocks holds up all events behind its own; one that waits asynchronously lets the loop go on.
 *
 *     node dist/examples/message-loop.js
 */
import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { EventLoop } from "pentio";

type Input =
  | { readonly type: "key"; readonly key: string }
  | { readonly type: "mouse"; readonly x: number; readonly y: number }
  | { readonly type: "save" };

/** The slow disk: another process, for which one can wait in both ways. */
const disk = ["sleep", ["0.2"]] as const;

function makeInterface() {
  const loop = new EventLoop<Input>({
    name: "interface",
    slowMs: 150,
    onSlow: ({ name }) => console.log(`  slow: "${name}" held up everything else`),
  });
  loop.on("key", ({ key }) => console.log(`  key ${key}`));
  loop.on("mouse", ({ x, y }) => console.log(`  mouse at ${x},${y}`));
  return loop;
}

/** What the user does, faster than the disk. */
function useInterface(loop: EventLoop<Input>) {
  loop.post({ type: "key", key: "a" });
  loop.post({ type: "save" });
  loop.post({ type: "mouse", x: 3, y: 4 });
  loop.post({ type: "key", key: "b" });
}

console.log("frozen:");
const frozen = makeInterface();
frozen.on("save", () => {
  console.log("  saving");
  execFileSync(...disk);
  console.log("  saved");
  frozen.quit();
});
useInterface(frozen);
await frozen.run();

console.log("responsive:");
const responsive = makeInterface();
responsive.on("save", async () => {
  console.log("  saving");
  await promisify(execFile)(...disk);
  console.log("  saved");
  responsive.quit();
});
useInterface(responsive);
await responsive.run();
