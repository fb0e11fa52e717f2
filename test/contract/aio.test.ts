import { keepTheContract } from "./contract.ts";

keepTheContract("aio");
