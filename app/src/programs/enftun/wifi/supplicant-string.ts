/**
 * Values of wpa_supplicant.conf that stand for bytes: "text" up to the last quotation mark, P"escaped text", hex
 * digits. One character for each byte of the file.
 */
import { unescapeText } from './escaped-text.ts';

/** Undefined when it is none of these. */
export function readSupplicantString(value: string): Uint8Array | undefined {
  const [, escapes, text] = /^(P?)"(.*)"$/s.exec(value) ?? [];
  if (text !== undefined) {
    return escapes === 'P'
      ? unescapeText(text, 'latin1')
      : Uint8Array.from(Buffer.from(text, 'latin1'));
  }
  return /^([\da-f]{2})*$/i.test(value) ? Uint8Array.from(Buffer.from(value, 'hex')) : undefined;
}
