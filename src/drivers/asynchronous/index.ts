export { AIO_READS_MAX, AioDriver } from "./aio-driver.ts";
export { IoUringDriver } from "./io-uring-driver.ts";
export { explainRefusal, type IoUringFeatures, NEEDED_OPCODES } from "./io-uring-features.ts";
