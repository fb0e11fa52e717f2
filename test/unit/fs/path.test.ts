import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { type Path, pathBytes, pathText } from "../../../src/fs/path.ts";

describe("a path", () => {
  it("is NUL-terminated UTF-8 for the kernel, whatever it is for the program", () => {
    for (const text of ["/a", "ä/ö", "𝕏".repeat(2000), ""]) {
      const expected = Buffer.from(`${text}\0`);
      assert.deepEqual(pathBytes(text), expected);
      assert.deepEqual(pathBytes(Buffer.from(text)), expected);
    }
    const path = "/tmp/a b%20ü";
    assert.deepEqual(pathBytes(pathToFileURL(path)), Buffer.from(`${path}\0`));
    assert.equal(pathText(pathToFileURL(path)), path);
    assert.deepEqual(pathBytes(new Uint8Array([0xff, 0xfe])), Buffer.from([0xff, 0xfe, 0]), "any bytes");
  });

  it("is refused if it is none", () => {
    for (const path of ["a\0b", Buffer.from("a\0b"), "\0"]) {
      assert.throws(() => pathBytes(path), { code: "ERR_INVALID_ARG_VALUE", message: /null byte/ });
    }
    for (const path of [1, null, undefined, {}, ["a"]]) {
      assert.throws(() => pathBytes(path as unknown as Path), { code: "ERR_INVALID_ARG_TYPE" });
    }
    assert.throws(() => pathBytes(new URL("http://a/b")), { code: "ERR_INVALID_URL_SCHEME" });
  });
});
