/** What is left to be done when the process, or this Worker's thread, ends by itself. */
const closers = new Set<() => void>();

function runAll(): void {
  for (const close of [...closers]) close();
}

/** Has something called when the thread ends. One listener of Node's serves all: it warns of more than ten. */
export function closeAtExit(close: () => void): void {
  if (closers.size === 0) process.once("exit", runAll);
  closers.add(close);
}

export function keepAtExit(close: () => void): void {
  closers.delete(close);
  if (closers.size === 0) process.off("exit", runAll);
}
