export { NonblockingDriver } from "./nonblocking-driver.ts";
