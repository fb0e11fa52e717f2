export { BlockingDriver } from "./blocking-driver.ts";
