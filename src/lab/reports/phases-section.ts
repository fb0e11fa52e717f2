import { blockedIn, copyingCall, formatUs } from "../phases/index.ts";
import type { Timeline } from "../phases/timeline.ts";
import { copyingSpan, type Span } from "./copying-span.ts";
import { html, type Markup } from "./markup.ts";
import { drawTimeline, endSpan, rowNames } from "./timeline-picture.ts";
import type { Words } from "./words.ts";

/** The time lines, in the order of the book. */
export function phasesSection(timelines: readonly Timeline[], words: Words): Markup {
  return html`<section><h2>${words.phases}</h2><p>${words.phasesExplained}</p>
${hatching}${legend(words)}
<div class="time-lines">${timelines.map((timeline) => card(timeline, words))}</div></section>`;
}

/** The pattern of what is blocked, which the pictures name by its id. */
const hatching = html`<svg class="defs" aria-hidden="true"><pattern id="hatching" class="hatching" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6"/><path d="M0 6 L6 0"/></pattern></svg>`;

function legend(words: Words): Markup {
  const entries: [kind: string, text: string][] = [
    ["waiting", words.waitingForData],
    ["ready", words.dataIsThere],
    ["copying", words.copyingData],
    ["unmeasured", words.notMeasuredApart],
    ["blocked", words.blocked],
    ["working", words.working],
    ["calling", words.calling],
    ["call", words.aCall],
  ];
  return html`<ul class="legend">${entries.map(
    ([kind, text]) =>
      html`<li><svg viewBox="0 0 20 10" aria-hidden="true"><rect class="${kind}" width="20" height="10"/></svg> ${text}</li>`,
  )}</ul>`;
}

function card(timeline: Timeline, words: Words): Markup {
  const { kind, model, form, toldUs, arrivedUs } = timeline;
  const told = arrivedUs === null ? "" : words.toldAfter(formatUs(toldUs - arrivedUs));
  return html`<article class="card"><h3>${words.kinds[kind] ?? kind} <small>${model}${words.comma}${words.forms[form]}</small></h3>
<div class="panels">${panel(timeline, { fromUs: 0, toUs: toldUs }, words.wholeRead, words)}
${panel(timeline, endSpan(timeline), words.magnified, words)}</div>
<dl><dt class="waiting">${words.waitingForData}</dt><dd>${waiting(timeline, words)}</dd>
<dt class="copying">${words.copyingData}</dt><dd>${copying(timeline, words)}</dd></dl>
<p>${told}</p></article>`;
}

function panel(timeline: Timeline, span: Span, name: string, words: Words): Markup {
  const length = formatUs(span.toUs - span.fromUs);
  return html`<figure><div class="rows">${rowNames(timeline, words).map((row) => html`<span>${row}</span>`)}</div>
${drawTimeline(timeline, span, words)}<figcaption>${name}${words.colon}${length}</figcaption></figure>`;
}

function waiting(timeline: Timeline, words: Words): string {
  const { arrivedUs, loopThread, helperThread, calls, otherWork, retries, notMeasured } = timeline;
  const said = [arrivedUs === null ? unmeasured(notMeasured.arrivedUs, words) : formatUs(arrivedUs)];
  const blocking = blockedIn(loopThread, calls);
  said.push(blocking ? words.blockedIn(blocking.name) : words.freeFor(otherWork));
  if (retries > 0) said.push(words.triedInVain(retries));
  const helping = blockedIn(helperThread, calls);
  if (helping) said.push(words.helperBlockedIn(helping.name));
  return said.join(words.semicolon);
}

function copying(timeline: Timeline, words: Words): string {
  const { helperThread, loopThread, notMeasured } = timeline;
  const call = copyingCall(timeline);
  const span = copyingSpan(timeline);
  if (!call || !span) return unmeasured(notMeasured.copiedUs ?? notMeasured.arrivedUs, words);
  const byHelper = call.thread === "helper";
  // A call that has waited as well has no moment of its own at which the copying began.
  const waitedToo = blockedIn(byHelper ? helperThread : loopThread, [call]) !== undefined;
  const how = waitedToo ? words.withWakingUp(call.name, byHelper) : words.copiedIn(call.name, byHelper);
  return `${formatUs(span.toUs - span.fromUs)}${words.comma}${how}`;
}

function unmeasured(reason: string | undefined, words: Words): string {
  return words.notMeasured + (reason === undefined ? "" : words.inBrackets(words.reason(reason)));
}
