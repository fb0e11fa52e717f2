export { IoUringDriver } from "./driver.ts";
export { explainRefusal, type IoUringFeatures } from "./features.ts";
