import type { Finding } from "./report.ts";

const NODE_MAJOR_LEAST = 20;

/** Node and the foreign function interface: what everything else stands on. */
export async function findFoundations(): Promise<(Finding & { name: string })[]> {
  return [
    { name: "Node", ...judgeNode(process.versions.node) },
    { name: "FFI", ...(await findForeignFunctions()) },
  ];
}

/** @param version without a `v` */
export function judgeNode(version: string): Finding {
  const works = Number.parseInt(version, 10) >= NODE_MAJOR_LEAST;
  return {
    mark: works ? "works" : "missing",
    reason: `Node ${version}${works ? "" : ` is older than ${NODE_MAJOR_LEAST}`}`,
    remedy: works ? null : `install Node ${NODE_MAJOR_LEAST} or later`,
  };
}

async function findForeignFunctions(): Promise<Finding> {
  try {
    await import("../sys/index.ts");
    return { mark: "works", reason: "native functions can be called through koffi", remedy: null };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return {
      mark: "missing",
      reason: `native functions cannot be called: ${message.split("\n")[0]!.replace(/\.$/, "")}`,
      remedy: remedyFor(code),
    };
  }
}

function remedyFor(code: string | undefined): string {
  switch (code) {
    case "ERR_DLOPEN_DISABLED":
      return "start Node without --no-addons, and under its permission model with --allow-addons";
    case "ERR_MODULE_NOT_FOUND":
    case "MODULE_NOT_FOUND":
      return "install koffi: npm install";
    default:
      return "install koffi again for this platform: npm install --include=optional";
  }
}
