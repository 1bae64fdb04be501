/**
 * Bytes as wpa_supplicant writes them into lines of text (printf_encode): printable ASCII stands for itself, the rest
 * and what would be ambiguous is escaped: \\ \" \e \n \r \t \xHH. Names of networks come from any transmitter.
 */

const named = new Map([
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['e', 0x1b],
  ['"', 0x22],
  ['\\', 0x5c],
]);

/**
 * The bytes that a text stands for. An unknown escape stands for itself, so that nothing is lost.
 * `encoding`: what the characters of the text are; latin1 has one for each byte.
 */
export function unescapeText(text: string, encoding: 'utf8' | 'latin1' = 'utf8'): Uint8Array {
  const bytes: number[] = [];
  for (const [part] of text.matchAll(/\\x[\da-f]{2}|\\[nrte"\\]|[^\\]+|\\/gi)) {
    const hex = /^\\x([\da-f]{2})$/i.exec(part)?.[1];
    const code = part.startsWith('\\') && part.length === 2 ? named.get(part.charAt(1)) : undefined;
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (code !== undefined) bytes.push(code);
    else bytes.push(...Buffer.from(part, encoding));
  }
  return Uint8Array.from(bytes);
}

/** For a person: text where the bytes are UTF-8 that a terminal can show, else escaped byte by byte. */
export function readableText(bytes: Uint8Array): string {
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return escapeBytes(bytes);
  }
  // Controls, marks that turn the direction of writing, and separators of lines would show something else than there
  // is.
  return /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\\]/u.test(text) ? escapeBytes(bytes) : text;
}

function escapeBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    if (byte === 0x5c) return '\\\\';
    return byte >= 0x20 && byte < 0x7f
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}
