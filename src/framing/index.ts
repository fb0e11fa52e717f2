export { encodeFrame, FrameReader } from "./frames.ts";
