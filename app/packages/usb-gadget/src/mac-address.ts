/** Text of Ethernet addresses, as configfs takes and shows it. */

/** Lower case with colons; undefined for what cannot be the address of one station (group, all zero, no MAC). */
export function canonicalMac(text: string): string | undefined {
  const mac = text.toLowerCase();
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac)) return undefined;
  const isGroup = (Number.parseInt(mac.slice(0, 2), 16) & 0x01) !== 0;
  return isGroup || mac === '00:00:00:00:00:00' ? undefined : mac;
}
