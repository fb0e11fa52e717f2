import { existsSync } from "node:fs";
import type { Container } from "./report.ts";
import { readText } from "./texts.ts";

/** Words in the control groups of process 1, and who writes them. */
const CGROUP_SIGNS: readonly [pattern: RegExp, engine: string][] = [
  [/kubepods/, "Kubernetes"],
  [/libpod/, "Podman"],
  [/docker/, "Docker"],
  [/lxc/, "LXC"],
  [/containerd|cri-o/, "containerd or CRI-O"],
];

/** The container around this process; null if none can be told, which does not prove that there is none. */
export function findContainer(): Container | null {
  if (process.env.KUBERNETES_SERVICE_HOST) return { engine: "Kubernetes", sign: "KUBERNETES_SERVICE_HOST" };
  const podman = "/run/.containerenv";
  if (existsSync(podman)) return { engine: "Podman", sign: podman };
  const docker = "/.dockerenv";
  if (existsSync(docker)) return { engine: "Docker", sign: docker };
  return containerOfCgroups(readText("/proc/1/cgroup")) ?? containerOfSystemd();
}

/** @param cgroups the text of /proc/1/cgroup */
export function containerOfCgroups(cgroups: string | null): Container | null {
  const found = CGROUP_SIGNS.find(([pattern]) => pattern.test(cgroups ?? ""));
  return found ? { engine: found[1], sign: "/proc/1/cgroup" } : null;
}

/** By the file in which systemd notes the manager that started it. */
function containerOfSystemd(): Container | null {
  const sign = "/run/systemd/container";
  const engine = readText(sign);
  return engine ? { engine, sign } : null;
}
