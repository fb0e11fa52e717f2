import { after, describe } from "node:test";
import { IoUringDriver, type IoUringFeatures } from "../../src/drivers/asynchronous/index.ts";
import { probeModels } from "../../src/drivers/index.ts";
import { Loop, loopFor, type Model } from "../../src/loop/index.ts";
import { captureAmbience } from "../../src/task/ambience.ts";
import { type Body, type Coroutine, run, Task } from "../../src/task/index.ts";

/** Something that runs Pentio programs: a model as users get it, or one with features of the kernel switched off. */
export interface Runtime {
  readonly name: string;
  readonly model: Model;
  readonly loop: Loop;
  run<T>(body: Body<T>): Task<T>;
}

const refusals = new Map(
  probeModels().map(({ model, works, reason }) => [model, works ? undefined : reason]),
);

/** Defines the same tests for every model, as users get it. */
export function describeModels(define: (runtime: Runtime) => void): void {
  for (const model of refusals.keys()) describeRuntime(plain(model), define);
}

/** Defines the same tests for every model, and for io_uring as older kernels have it. */
export function describeRuntimes(define: (runtime: Runtime) => void): void {
  describeModels(define);
  const noMultishot = { multishotReceive: false, multishotAccept: false };
  describeRuntime(reduced("io_uring without multishot", noMultishot), define);
  describeRuntime(reduced("io_uring without incremental buffers", { incrementalBuffers: false }), define);
  const nothing = { ...noMultishot, incrementalBuffers: false, deferredTaskrun: false };
  describeRuntime(reduced("io_uring without any newer feature", nothing), define);
}

function describeRuntime(runtime: Runtime, define: (runtime: Runtime) => void): void {
  const refusal = refusals.get(runtime.model);
  describe(`on ${runtime.name}`, { skip: refusal ?? false }, () => define(runtime));
}

function plain(model: Model): Runtime {
  return {
    name: model,
    model,
    get loop() {
      return loopFor(model);
    },
    run: (body) => run(body, { model }),
  };
}

function reduced(name: string, features: IoUringFeatures): Runtime {
  let loop: Loop | undefined;
  return {
    name,
    model: "io_uring",
    get loop() {
      loop ??= new Loop(new IoUringDriver(features), name);
      return loop;
    },
    run<T>(body: Body<T>) {
      return new Task(this.loop, null, start(body), { label: name, ambience: captureAmbience(null) });
    },
  };
}

function* start<T>(body: Body<T>): Coroutine<T> {
  return yield* body();
}

// A test that failed may leave something behind that waits for ever: the file fails, and the other files go on.
after(() => {
  setTimeout(() => {
    console.error("The tests have ended, but something keeps the process alive");
    process.exit(1);
  }, 30_000).unref();
});
