import { describeMachine } from "../reporting/index.ts";
import { type Confinement, readConfinement } from "./confinement.ts";
import { findFoundations } from "./foundations.ts";
import { findLimits } from "./limit-findings.ts";
import { type Limits, readLimits } from "./limits.ts";
import type { DoctorReport, IoUringFindings } from "./report.ts";

/**
 * Looks at everything, and changes nothing.
 *
 * @param version Pentio's, for the report
 */
export async function examine(version: string): Promise<DoctorReport> {
  const confinement = readConfinement();
  const limits = readLimits();
  const foundations = await findFoundations();
  const canCall = foundations.every(({ mark }) => mark !== "missing");
  const found = canCall ? await findDrivers(confinement, limits) : NOTHING;
  return {
    pentio: version,
    ...describeMachine(),
    architecture: process.arch,
    works: found.models.some(({ works }) => works),
    container: confinement.container,
    foundations,
    ...found,
    limits: findLimits(limits, !hasFeature(found.ioUring, "IORING_FEAT_NATIVE_WORKERS")),
  };
}

type DriverFindings = Pick<DoctorReport, "models" | "auto" | "requested" | "ioUring">;

const NOTHING: DriverFindings = {
  models: [],
  auto: { model: null, mark: "missing", reason: "no model: Pentio cannot be loaded", remedy: null },
  requested: null,
  ioUring: null,
};

/** What stands on native functions is loaded only where they can be called. */
async function findDrivers(confinement: Confinement, limits: Limits): Promise<DriverFindings> {
  const { findAuto, findModels, findRequested } = await import("./models.ts");
  const { findIoUring } = await import("./io-uring.ts");
  const models = findModels(confinement, limits);
  return {
    models,
    auto: findAuto(models),
    requested: findRequested(process.env.PENTIO_MODEL, models),
    ioUring: findIoUring(),
  };
}

function hasFeature(ioUring: IoUringFindings | null, name: string): boolean {
  return ioUring?.features.find((feature) => feature.name === name)?.there ?? false;
}
