import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import {
  chooseDriver,
  type Model,
  modelFromEnvironment,
  models,
  parseModel,
  probeModels,
} from "../../../src/drivers/index.ts";

const before = process.env.PENTIO_MODEL;
afterEach(() => {
  if (before === undefined) delete process.env.PENTIO_MODEL;
  else process.env.PENTIO_MODEL = before;
});

describe("the choice of a model", () => {
  it("knows every model and auto by name", () => {
    for (const name of ["auto", ...models]) assert.equal(parseModel(name, "a test"), name);
  });

  it("refuses an unknown name, says where it came from and which there are", () => {
    for (const name of ["kqueue", "", "EPOLL", "toString", "__proto__", " epoll"]) {
      assert.throws(
        () => parseModel(name, "the option x"),
        (error: NodeJS.ErrnoException) => {
          assert.equal(error.code, "ERR_INVALID_ARG_VALUE");
          for (const part of ["the option x", "auto", ...models])
            assert.ok(error.message.includes(part), part);
          return true;
        },
      );
    }
  });

  it("is made by PENTIO_MODEL, and is auto without it", () => {
    delete process.env.PENTIO_MODEL;
    assert.equal(modelFromEnvironment(), "auto");
    process.env.PENTIO_MODEL = "";
    assert.equal(modelFromEnvironment(), "auto");
    process.env.PENTIO_MODEL = "epoll";
    assert.equal(modelFromEnvironment(), "epoll");
    process.env.PENTIO_MODEL = "fastest";
    assert.throws(() => modelFromEnvironment(), { code: "ERR_INVALID_ARG_VALUE", message: /PENTIO_MODEL/ });
  });

  it("gives the model that was asked for, or says why it cannot", () => {
    for (const { model, works } of probeModels()) {
      if (works) {
        const { driver } = chooseDriver(model);
        assert.equal(driver.model, model);
        driver.close();
      } else assert.throws(() => chooseDriver(model), { message: /choose "auto"/ });
    }
  });

  it("takes the best that works when it is left open, with a reason", () => {
    const works = (model: Model) => probeModels().some((probe) => probe.model === model && probe.works);
    const best = works("io_uring") ? "io_uring" : "epoll";
    const { driver, reason } = chooseDriver("auto");
    assert.equal(driver.model, best);
    assert.ok(reason.length > 10);
    driver.close();
  });

  it("has a reason for every model, and epoll always works", () => {
    const probed = probeModels();
    assert.deepEqual(
      probed.map(({ model }) => model),
      [...models],
    );
    for (const { reason } of probed) assert.ok(reason.length > 0);
    assert.ok(probed.find(({ model }) => model === ("epoll" satisfies Model))!.works);
  });
});
