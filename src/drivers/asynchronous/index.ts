export { IoUringDriver } from "./driver.ts";
export { explainRefusal, type IoUringFeatures, NEEDED_OPCODES } from "./features.ts";
