import { dirname, join } from "node:path";
import { lower, parseLimit } from "./limit-value.ts";
import type { LimitValue } from "./report.ts";
import { readText } from "./texts.ts";

const ROOT = "/sys/fs/cgroup";

/**
 * The lowest limit among the control groups that this process is in, cgroups(7), of version 1 or 2.
 *
 * @param controller such as `pids`
 * @param file such as `pids.max`
 * @returns null if no group has such a file that can be seen from here
 */
export function cgroupLimit(controller: string, file: string): LimitValue {
  let lowest: LimitValue = null;
  for (const [mount, group] of groupsOf(readText("/proc/self/cgroup") ?? "", controller)) {
    for (const directory of upwards(group)) {
      lowest = lower(lowest, parseLimit(readText(join(mount, directory, file))));
    }
  }
  return lowest;
}

/** Mount point and path of the groups that could limit: the controller's own hierarchy, and the unified one. */
function groupsOf(text: string, controller: string): [mount: string, group: string][] {
  return text.split("\n").flatMap((line): [string, string][] => {
    const [, controllers, group] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (group === undefined) return [];
    if (controllers === "") return [[ROOT, group]];
    return controllers!.split(",").includes(controller) ? [[join(ROOT, controllers!), group]] : [];
  });
}

/** A path and those above it, up to the root; the root alone where a container sees its own group as the root. */
function upwards(path: string): string[] {
  return path === "/" || path === "." ? ["/"] : [path, ...upwards(dirname(path))];
}
