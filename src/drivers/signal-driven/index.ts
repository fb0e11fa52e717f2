export { SignalDriver } from "./signal-driver.ts";
