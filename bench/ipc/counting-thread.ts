/** Answers after each batch, by Pentio's mailboxes, or by Node's own ports. */
import { parentPort, workerData } from "node:worker_threads";
import { run } from "pentio";
import { Mailbox, openMailbox, type SharedChannelAddress } from "pentio/ipc";

const { answers, batchSize } = workerData as {
  readonly answers?: SharedChannelAddress<number>;
  readonly batchSize: number;
};

if (answers) {
  const mailbox = new Mailbox<number>();
  const back = openMailbox(answers);
  await run(function* () {
    parentPort!.postMessage(mailbox.address);
    for (let count = 1; ; count++) {
      yield* mailbox.receive();
      if (count % batchSize === 0) yield* back.post(count);
    }
  });
} else {
  let count = 0;
  parentPort!.on("message", () => {
    if (++count % batchSize === 0) parentPort!.postMessage(count);
  });
}
