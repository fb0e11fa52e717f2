/** Answers each 0 that comes, by Pentio, or by Node's own channel. */
import { run } from "pentio";
import { Connection } from "pentio/ipc";

if (process.send) {
  process.on("message", (left) => {
    if (left === 0) process.send!(left);
  });
} else {
  const connection = Connection.fromEnvironment<number>();
  await run(function* () {
    for (let next = yield* connection.next(); !next.done; next = yield* connection.next())
      if (next.value === 0) yield* connection.send(0);
  });
}
