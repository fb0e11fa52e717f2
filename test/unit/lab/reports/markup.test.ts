import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { html, jsonScript } from "../../../../src/lab/reports/markup.ts";

describe("markup", () => {
  it("escapes every text that is put into a template, and no markup", () => {
    const hostile = `</td><script>alert('"&"')</script>`;
    const cell = html`<td title="${hostile}">${[html`<b>${1}</b>`, "<"]}</td>`;
    assert.equal(
      cell.text,
      '<td title="&lt;/td&gt;&lt;script&gt;alert(&#39;&quot;&amp;&quot;&#39;)&lt;/script&gt;"><b>1</b>&lt;</td>',
    );
  });

  it("carries data that no text in it can break out of", () => {
    const data = { "</script><!--": "<script>&\u2028\\u003c" };
    const { text } = jsonScript("data", data);
    const [, json] = /^<script type="application\/json" id="data">([^<]*)<\/script>$/.exec(text)!;
    assert.deepEqual(JSON.parse(json!), data);
  });
});
