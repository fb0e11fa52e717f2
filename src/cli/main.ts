#!/usr/bin/env node
/** The command `pentio`. Each subcommand is loaded only when it is called. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

interface Command {
  readonly summary: string;
  /** @returns the exit status */
  run(args: string[]): Promise<number>;
}

const commands: Record<string, Command> = {
  lab: {
    summary: "compare the I/O models of this machine on real work",
    run: async (args) => (await import("../lab/index.ts")).labCommand(args, version()),
  },
  cluster: {
    summary: "show the clusters that run, and what their processes do",
    run: async (args) => (await import("../cluster/index.ts")).clusterCommand(args),
  },
  worker: {
    summary: "make the calls of DistributedExecutors, by way of Redis",
    run: async (args) => (await import("../distributed/index.ts")).workerCommand(args),
  },
  doctor: {
    summary: "say which models work here, and what helps where one does not",
    run: async (args) => (await import("../doctor/index.ts")).doctorCommand(args, version()),
  },
};

const usage = `pentio: one program, five I/O models

${Object.entries(commands)
  .map(([name, { summary }]) => `  pentio ${name.padEnd(12)} ${summary}\n`)
  .join("")}
  pentio --help       print this; "pentio COMMAND --help" tells more
  pentio --version    print the version
`;

/** @returns the exit status */
async function main([name, ...rest]: string[]): Promise<number> {
  if (name !== undefined && !name.startsWith("-")) {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command) return command.run(rest);
    const known = Object.keys(commands).join(", ");
    throw wrongUsage(`Unknown command "${name}"; the commands are ${known}`);
  }
  const { values } = parseArgs({
    args: name === undefined ? [] : [name, ...rest],
    options: {
      help: { type: "boolean", short: "h", default: false },
      version: { type: "boolean", short: "v", default: false },
    },
  });
  if (!values.help && !values.version) throw wrongUsage("A command is missing");
  process.stdout.write(values.version ? `${version()}\n` : usage);
  return 0;
}

function version(): string {
  const manifest = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

function wrongUsage(message: string): Error {
  return Object.assign(new Error(message), { code: "ERR_INVALID_ARG_VALUE" });
}

/** Whether an error is about what the user typed, and not a failure. */
function isWrongUsage(error: unknown): error is Error {
  const code = error instanceof Error ? String((error as NodeJS.ErrnoException).code) : "";
  return code === "ERR_INVALID_ARG_VALUE" || code.startsWith("ERR_PARSE_ARGS_");
}

const args = process.argv.slice(2);
try {
  process.exitCode = await main(args);
} catch (error) {
  if (!isWrongUsage(error)) throw error;
  const command = Object.hasOwn(commands, args[0] ?? "") ? `pentio ${args[0]}` : "pentio";
  console.error(`${command}: ${error.message}\nTry "${command} --help".`);
  process.exitCode = 2;
}
