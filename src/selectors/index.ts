export { Epoll } from "./epoll.ts";
export { PollSet } from "./poll-set.ts";
export { SelectSet } from "./select-set.ts";
