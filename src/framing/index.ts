export { FrameReader } from "./frame-reader.ts";
export {
  decodeFrame,
  encodeFrame,
  frameBytes,
  type Packed,
  packedBytes,
  packedFrame,
  packValue,
  readFrame,
  unpackValue,
  writeFrame,
} from "./frames.ts";
export { isPlain } from "./plain-values.ts";
