/** RFC 6052, 2.2, in the other direction: an address of a NAT64. The suffix is zero. */
export function embed(prefix: Uint8Array, length: number, ipv4: Uint8Array): Uint8Array {
  const whole = new Uint8Array(16);
  whole.set(prefix.subarray(0, length / 8));
  let at = length / 8;
  for (const byte of ipv4) {
    if (at === 8 && length !== 96) at++;
    whole[at++] = byte;
  }
  return whole;
}
