import { keepTheContract } from "./contract.ts";

keepTheContract("io_uring");
