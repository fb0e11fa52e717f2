export { EpollDriver } from "./driver.ts";
