/**
 * Takes secrets out of a text: private keys in whatever text form, and given words. A report is put together from
 * parts that have none; this is the second lock on that door, since logs and files are written by others.
 */

/** Any PEM block whose label speaks of a private key, its end missing or not. */
const privateBlock =
  /-----BEGIN [A-Z0-9 ]*(?:PRIVATE|TSS2)[A-Z0-9 ]*-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g;

/** Shorter words would take innocent text with them. */
const shortestSecret = 4;

export const redacted = '[removed]';

/** `secrets`: passwords and the like, removed wherever they stand. `keys`: bytes, removed as base64 and as hex. */
export function redact(
  text: string,
  secrets: readonly string[],
  keys: readonly Uint8Array[],
): string {
  let clean = text.replace(privateBlock, redacted);
  for (const secret of secrets) {
    if (secret.length >= shortestSecret) clean = clean.replaceAll(secret, redacted);
  }
  for (const key of keys) clean = removeBytes(clean, Buffer.from(key));
  return clean;
}

/** Base64 in lines of any length but tiny ones, and the rest of its last line. */
const base64Run = /[\w+/-]{12,}={0,2}(?:\s+[\w+/-]{12,}={0,2})*(?:\s+[\w+/-]+={0,2})?/g;
const hexRun = /(?:[0-9a-f]{2}[\s:]*){16,}/gi;

/** Runs of encoded text that hold these bytes, however their lines are broken and at whatever offset. */
function removeBytes(text: string, key: Buffer): string {
  const replace = (run: string): string => (holds(run, key) ? redacted : run);
  return text.replace(base64Run, replace).replace(hexRun, replace);
}

function holds(run: string, key: Buffer): boolean {
  const hex = key.toString('hex');
  if (
    run
      .replace(/[^0-9a-f]/gi, '')
      .toLowerCase()
      .includes(hex)
  )
    return true;
  const letters = run.replace(/[^A-Za-z0-9+/_-]/g, '');
  for (let offset = 0; offset < 4; offset++) {
    if (Buffer.from(letters.slice(offset), 'base64').includes(key)) return true;
  }
  return false;
}
