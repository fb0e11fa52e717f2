import { keepTheContract } from "./contract.ts";

keepTheContract("blocking");
