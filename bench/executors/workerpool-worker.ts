import workerpool from "workerpool";
import { nothing } from "./work.ts";

workerpool.worker({ nothing });
