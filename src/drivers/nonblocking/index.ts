export { NonblockingDriver, type NonblockingOptions } from "./nonblocking-driver.ts";
