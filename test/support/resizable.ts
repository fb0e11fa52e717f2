/** Of Node 20, but not of the language level that we compile for. */
export type Resizable = ArrayBuffer & { resize(lengthBytes: number): void };

const Memory = ArrayBuffer as unknown as new (
  lengthBytes: number,
  options: { maxByteLength: number },
) => Resizable;

/** Memory that can be resized, up to so many bytes. */
export function resizable(lengthBytes: number, maxByteLength = lengthBytes): Resizable {
  return new Memory(lengthBytes, { maxByteLength });
}
