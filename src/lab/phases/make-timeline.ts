import { EAGAIN } from "../../sys/index.ts";
import type { CallRecord } from "../../tracing/index.ts";
import { roundToNs, toTracedCall } from "./call-words.ts";
import type { Read, ReadSetting } from "./read.ts";
import { fillWithWork, toStretches } from "./stretches.ts";
import type { Timeline } from "./timeline.ts";
import type { Way } from "./ways.ts";

const NOT_STAMPED = "the packet had passed before the kernel had begun to note times";

/** A helper thread sleeps in it when it has nothing to do, which is no part of the read. */
const IDLE_CALL = "futex";

/** Makes the time line of a read from what was noted of it. @param records all calls of the process's threads */
export function makeTimeline(
  way: Way,
  { delayMs, sizeBytes }: ReadSetting,
  { askedUs, sentUs, arrivedUs, toldUs, otherWork }: Read,
  records: readonly CallRecord[],
): Timeline {
  const during = records
    .filter((record) => record.fromUs >= askedUs && record.toUs <= toldUs)
    .sort((a, b) => a.fromUs - b.fromUs);
  const sinceAsked = (us: number | null | undefined) => (us == null ? null : roundToNs(us - askedUs));
  const calls = during.map((record) => toTracedCall(record, askedUs));
  const loopCalls = calls.filter(({ thread }) => thread === "loop");
  const helperCalls = calls.filter(({ thread, name }) => thread === "helper" && name !== IDLE_CALL);
  return {
    model: way.model,
    form: way.form,
    kind: way.kind,
    delayMs,
    sizeBytes,
    sentUs: sinceAsked(sentUs),
    arrivedUs: sinceAsked(arrivedUs),
    readyToldUs: sinceAsked(lastSuccess(during, way.tellsIn)?.toUs),
    copiedUs: sinceAsked(lastSuccess(during, way.copiesIn)?.toUs),
    toldUs: roundToNs(toldUs - askedUs),
    loopThread: fillWithWork(toStretches(loopCalls, way.waitsIn), roundToNs(toldUs - askedUs)),
    helperThread: toStretches(helperCalls, way.waitsIn),
    calls,
    otherWork,
    retries: during.filter(({ name, error }) => name === way.copiesIn && error === EAGAIN).length,
    notMeasured: arrivedUs === null ? { ...way.notMeasured, arrivedUs: NOT_STAMPED } : way.notMeasured,
  };
}

function lastSuccess(records: readonly CallRecord[], name: string | null): CallRecord | undefined {
  return records.findLast((record) => record.name === name && record.result > 0);
}
