/** Random bytes from a source that returns fewer than it is asked for. */
import { TpmFormatError } from './errors.ts';

/** More than any program needs of a TPM, which makes about a hundred bytes in a millisecond. */
const maxRandomBytes = 1024 * 1024;
/** The field of TPM2_GetRandom has 16 bits. */
const maxAtOnce = 0xffff;

/** Exactly `bytes` of them; `ask` returns from one to as many as it is asked for. */
export async function collectRandomBytes(
  bytes: number,
  ask: (atMost: number) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  if (!Number.isInteger(bytes) || bytes < 0 || bytes > maxRandomBytes) {
    throw new TpmFormatError(`${bytes} random bytes: not an integer from 0 to ${maxRandomBytes}`);
  }
  const collected = new Uint8Array(bytes);
  for (let offset = 0; offset < bytes;) {
    const wanted = Math.min(bytes - offset, maxAtOnce);
    const part = await ask(wanted);
    if (part.length === 0 || part.length > wanted) {
      throw new TpmFormatError(`${part.length} random bytes in place of up to ${wanted}`);
    }
    collected.set(part, offset);
    offset += part.length;
  }
  return collected;
}
