/**
 * The DHCPv6 server's own identifier: a DUID-UUID (RFC 6355), random, made once per device and kept beside the
 * credentials, so that a host recognises its server after every restart. The file holds the UUID as text and a newline.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { EnvironmentError } from '../core/errors.ts';
import { replaceFile } from '../platform/atomic-file.ts';
import { readFailure } from '../platform/file-errno.ts';
import type { MessageCode } from '../platform/message-codes.ts';
import { readRegularFileNow } from '../platform/regular-file.ts';

const mode = 0o644;
/** More than a UUID with its line end. */
const maxBytes = 1024;
const duidTypeUuid = 4;
const uuidText = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\n?$/i;

/** Where the DUID of the tunnel with this certificate is kept. */
export function duidFile(certFile: string): string {
  return path.join(path.dirname(certFile), 'dhcp6.duid');
}

/** What is in the file; `problem` reads on after its name. */
type Stored =
  | { readonly found: 'uuid'; readonly uuid: string }
  | { readonly found: 'nothing' }
  | { readonly found: 'no uuid'; readonly problem: string }
  /** There may be a good one all the same: it is not replaced. */
  | { readonly found: 'unreadable'; readonly problem: string };

/**
 * One for the life of the process: it remembers what was sent to a host, so that a file that cannot be read or written
 * does not show the host another server at each reload.
 */
export class ServerDuid {
  readonly #warn: (code: MessageCode, message: string) => void;
  #sent: { readonly file: string; readonly uuid: string } | undefined;

  /** `warn` is called if the stored DUID had to be replaced, or cannot be stored. */
  constructor(warn: (code: MessageCode, message: string) => void) {
    this.#warn = warn;
  }

  /**
   * The stored DUID, 18 bytes; made and stored when there is none. Never fails: without a place to keep it, it serves
   * for this run, and hosts rebind after the next start.
   */
  async load(file: string): Promise<Uint8Array> {
    const stored = readStored(file);
    const uuid = stored.found === 'uuid' ? stored.uuid : this.#sentFor(file);
    this.#sent = { file, uuid };
    if (stored.found === 'no uuid') {
      this.#warn(
        'server-duid-replaced',
        `${file}: ${stored.problem}; storing a new DHCPv6 server identifier`,
      );
    }
    if (stored.found === 'nothing' || stored.found === 'no uuid') await this.#store(file, uuid);
    if (stored.found === 'unreadable') this.#warnOfChange(`${file}: ${stored.problem}`);
    return duidOf(uuid);
  }

  #sentFor(file: string): string {
    return this.#sent?.file === file ? this.#sent.uuid : randomUUID();
  }

  async #store(file: string, uuid: string): Promise<void> {
    try {
      await replaceFile(file, { content: `${uuid}\n`, mode });
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      this.#warnOfChange(error.message);
    }
  }

  #warnOfChange(problem: string): void {
    this.#warn(
      'server-duid-not-stored',
      `${problem}; the DHCPv6 server identifier may change at the next start`,
    );
  }
}

function readStored(file: string): Stored {
  try {
    const content = readRegularFileNow(file, maxBytes);
    if (!content.ok) return { found: 'unreadable', problem: content.problem };
    const text = content.bytes.toString('latin1');
    if (uuidText.test(text)) return { found: 'uuid', uuid: text.trim() };
    return { found: 'no uuid', problem: 'does not hold a UUID' };
  } catch (error) {
    const { code, problem } = readFailure(error, '');
    return code === 'ENOENT' ? { found: 'nothing' } : { found: 'unreadable', problem };
  }
}

/** RFC 6355 section 4: two bytes of type, then the UUID's 16 bytes in the order of its text. */
function duidOf(uuid: string): Uint8Array {
  const duid = new Uint8Array(18);
  duid[1] = duidTypeUuid;
  duid.set(Buffer.from(uuid.replaceAll('-', ''), 'hex'), 2);
  return duid;
}
