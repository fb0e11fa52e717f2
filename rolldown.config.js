/**
 * What programs import: the package's modules as few files, for Node takes its time over each. Numbers that have a name are written
 * out, across modules too: V8 looks an exported constant up each time that it is used.
 */
import { defineConfig } from "rolldown";

export default defineConfig({
  input: {
    index: "dist/src/index.js",
    "uring/index": "dist/src/uring/index.js",
    "selectors/index": "dist/src/selectors/public.js",
    "stream/index": "dist/src/stream/index.js",
    "cluster/index": "dist/src/cluster/index.js",
    "executors/index": "dist/src/executors/public.js",
    "executors/worker": "dist/src/executors/worker.js",
    "executors/worker-program": "dist/src/executors/worker-program.js",
    "ipc/index": "dist/src/ipc/index.js",
    "distributed/index": "dist/src/distributed/index.js",
    "distributed/blocking-program": "dist/src/distributed/blocking-program.js",
    "drivers/call-thread-program": "dist/src/drivers/call-thread-program.js",
    "fs/index": "dist/src/fs/index.js",
  },
  platform: "node",
  external: /^[^./]/,
  optimization: { inlineConst: { mode: "all", pass: 3 } },
  output: {
    dir: "dist/lib",
    cleanDir: true,
    chunkFileNames: "[name]-[hash].js",
    sourcemap: true,
    comments: false,
  },
});
