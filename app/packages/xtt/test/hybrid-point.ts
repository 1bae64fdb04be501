/** The hybrid form of an uncompressed point (X9.62): 06 or 07, by the lowest bit of y, stands for 04. */
export function hybrid(point: Uint8Array): Uint8Array {
  const bytes = point.slice();
  bytes[0] = 6 + (bytes.at(-1)! & 1);
  return bytes;
}
