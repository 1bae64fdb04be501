/**
 * The DHCPv6 server's own identifier: a DUID-UUID (RFC 6355), random, made once per device and kept beside the
 * credentials, so that a host recognises its server after every restart. The file holds the UUID as text and a newline.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { EnvironmentError } from '../core/errors.ts';
import { replaceFile } from './atomic-file.ts';
import { systemErrno } from './system-errno.ts';

const mode = 0o644;
const duidTypeUuid = 4;
const uuidText = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\n?$/i;

/** Where the DUID of the tunnel with this certificate is kept. */
export function duidFile(certFile: string): string {
  return path.join(path.dirname(certFile), 'dhcp6.duid');
}

export interface DuidOptions {
  file: string;
  /** Told when the DUID had to be made anew although it should not, or could not be kept. */
  warn: (message: string) => void;
}

/**
 * The stored DUID, 18 bytes; made and stored when there is none. Never fails: without a place to keep it, it serves
 * for this run, and hosts rebind after the next start.
 */
export async function loadDuid({ file, warn }: DuidOptions): Promise<Uint8Array> {
  const stored = readStored(file, warn);
  if (stored !== undefined) return duidOf(stored);
  const uuid = randomUUID();
  try {
    await replaceFile(file, `${uuid}\n`, mode);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    warn(`${error.message}; the DHCPv6 server identifier will change at the next start`);
  }
  return duidOf(uuid);
}

function readStored(file: string, warn: (message: string) => void): string | undefined {
  let content: string;
  try {
    content = readFileSync(file, 'latin1');
  } catch (error) {
    const errno = systemErrno(error);
    if (errno.code !== 'ENOENT') {
      warn(`${file}: cannot be read: ${errno.text}; making a new DHCPv6 server identifier`);
    }
    return undefined;
  }
  if (uuidText.test(content)) return content.trim();
  warn(`${file}: holds no UUID; making a new DHCPv6 server identifier`);
  return undefined;
}

/** RFC 6355 section 4: two bytes of type, then the UUID's 16 bytes in the order of its text. */
function duidOf(uuid: string): Uint8Array {
  const duid = new Uint8Array(18);
  duid[1] = duidTypeUuid;
  duid.set(Buffer.from(uuid.replaceAll('-', ''), 'hex'), 2);
  return duid;
}
