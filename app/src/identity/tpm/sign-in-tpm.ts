/** A signature by the TPM outside of TLS, for a certificate. */
import { createHash } from 'node:crypto';
import { TpmFormatError, type EccSignature } from 'tss2-node';
import * as der from '../../wire/der-writer.ts';
import type { TpmKeyFile } from './tpm-key-file.ts';
import { TpmSession } from './tpm-session.ts';
import type { TpmSettings } from './tpm-settings.ts';

/** ECDSA with SHA-256, DER. Rejects with what `explainTpm` makes of a failure. `file`: the key file, for messages. */
export async function signInTpm(
  file: string,
  { content }: TpmKeyFile,
  settings: TpmSettings,
  message: Uint8Array,
): Promise<Uint8Array> {
  const digest = createHash('sha256').update(message).digest();
  const auth = content.emptyAuth ? undefined : new TextEncoder().encode(settings.password ?? '');
  await using session = await TpmSession.open(file, settings, new Date());
  return await session.withKey(content, (loaded) =>
    session.attempt('sign', content.parent, async () => {
      const signature = await session.tpm.sign(loaded.handle, digest, { ...(auth && { auth }) });
      if (signature.type === 'ecc') return derOf(signature);
      throw new TpmFormatError('the key does not sign with ECDSA');
    }),
  );
}

function derOf({ r, s }: EccSignature): Uint8Array {
  return der.sequence([der.integer(positive(r)), der.integer(positive(s))]);
}

/** Without leading zeros, but with the one that keeps the number positive. */
function positive(number: Uint8Array): Uint8Array {
  const start = number.findIndex((byte) => byte !== 0);
  const digits = number.subarray(Math.max(0, start));
  return digits[0]! < 0x80 ? digits : Uint8Array.of(0, ...digits);
}
