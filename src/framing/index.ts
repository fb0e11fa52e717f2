export { decodeFrame, encodeFrame, FrameReader, frameBytes } from "./frames.ts";
