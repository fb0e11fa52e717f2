import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ServeOptions, serve } from "../../../src/cluster/index.ts";

function refuses(options: ServeOptions, expected: object): Promise<void> {
  return assert.rejects(async () => await serve(function* () {}, options), expected);
}

describe("the options of serve", () => {
  it("are numbers in their ranges", async () => {
    for (const processes of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      await refuses({ processes }, { code: "ERR_OUT_OF_RANGE", message: /"processes"/ });
    await refuses({ graceMs: -1 }, { code: "ERR_OUT_OF_RANGE", message: /"graceMs"/ });
    await refuses({ idleMs: 0 }, { code: "ERR_OUT_OF_RANGE", message: /"idleMs"/ });
    await refuses({ heartbeatMs: 0 }, { code: "ERR_OUT_OF_RANGE", message: /"heartbeatMs"/ });
    await refuses({ connectionsMax: 0 }, { code: "ERR_OUT_OF_RANGE", message: /"connectionsMax"/ });
    await refuses({ graceMs: "1" as unknown as number }, { code: "ERR_INVALID_ARG_TYPE" });
  });

  it("leave a process time for at least one heartbeat", async () => {
    await refuses({ heartbeatMs: 100, hangMs: 99 }, { code: "ERR_OUT_OF_RANGE", message: /"hangMs".*100/ });
    await refuses({ heartbeatMs: 100, startMs: 99 }, { code: "ERR_OUT_OF_RANGE", message: /"startMs".*100/ });
    await refuses(
      { backOff: { firstMs: 100, maxMs: 99 } },
      { code: "ERR_OUT_OF_RANGE", message: /maxMs.*100/ },
    );
  });

  it("choose one model", async () => {
    await refuses({ per: "thread", processes: 2 }, { code: "ERR_INVALID_ARG_VALUE", message: /leave out/ });
    await refuses(
      { per: "fork" as "process" },
      { code: "ERR_INVALID_ARG_VALUE", message: /"thread" or "process"/ },
    );
  });

  it("bind to processors what has a socket of its own", async () => {
    for (const other of [{ listeners: "shared" }, { path: "/nowhere" }, { per: "thread" }] as const)
      await refuses(
        { affinity: true, ...other },
        { code: "ERR_INVALID_ARG_VALUE", message: /leave out affinity/ },
      );
  });

  it("are those of listen, too", async () => {
    await refuses({ port: 65_536, processes: 1 }, { code: "ERR_SOCKET_BAD_PORT" });
  });
});
