export { EpollDriver } from "./epoll-driver.ts";
export { PollDriver } from "./poll-driver.ts";
export { SelectDriver } from "./select-driver.ts";
