import { keepTheContract } from "./contract.ts";

keepTheContract("nonblocking", "select", "poll", "epoll", "signal");
