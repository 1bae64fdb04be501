/** The name of a WiFi network: 1 to 32 bytes of any value (IEEE 802.11-2020, 9.4.2.2), by custom UTF-8. */
import { readableText } from './escaped-text.ts';

export interface Ssid {
  /** Lower case. Two names are the same when this is. */
  readonly hex: string;
  /** For people; escaped where the name is not text. */
  readonly text: string;
}

const maxBytes = 32;

export type SsidResult =
  { readonly ok: true; readonly ssid: Ssid } | { readonly ok: false; readonly problem: string };

export function ssidOfBytes(bytes: Uint8Array): SsidResult {
  if (bytes.length === 0) return { ok: false, problem: 'the name of a network must not be empty' };
  if (bytes.length > maxBytes) {
    return {
      ok: false,
      problem: `the name of a network has at most ${maxBytes} bytes, this one has ${bytes.length}`,
    };
  }
  const hex = Buffer.from(bytes).toString('hex');
  return { ok: true, ssid: { hex, text: readableText(bytes) } };
}

export function ssidOfText(text: string): SsidResult {
  return ssidOfBytes(new TextEncoder().encode(text));
}

export function ssidOfHex(hex: string): SsidResult {
  if (!/^([\da-f]{2})+$/i.test(hex)) {
    return { ok: false, problem: `"${hex}" is not a name in hex digits, two for each byte` };
  }
  return ssidOfBytes(Buffer.from(hex, 'hex'));
}

export function bytesOf(ssid: Ssid): Uint8Array {
  return Buffer.from(ssid.hex, 'hex');
}
