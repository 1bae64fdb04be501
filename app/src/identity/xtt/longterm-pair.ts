/** The key of a new identity, in a file or in the TPM, and its certificate once the server has assigned the address. */
import type { LongtermKey } from 'xtt';
import { DerReader, derTag } from '../../wire/der.ts';
import { formatIpv6 } from '../../wire/ipv6-address.ts';
import { addressOfName } from '../certificate-name.ts';
import { publicPoint } from '../certificate-writer.ts';
import type { NewIdentity } from '../pending-pair.ts';
import { ProvisioningError } from '../provisioning-error.ts';
import { selfSigned } from '../self-signed.ts';
import { newKey } from '../signing-key.ts';
import type { TpmSettings } from '../tpm/tpm-settings.ts';

export interface LongtermPair extends LongtermKey {
  /**
   * The pair for the assigned id, 16 bytes. Rejects with a ProvisioningError for an address that no tunnel can own.
   * The certificate never expires: cards have no reliable clock, and the ENF keeps keys, not certificates.
   */
  readonly identityFor: (clientId: Uint8Array) => Promise<NewIdentity>;
}

/** A new key. `tpm`: where it is to be made; undefined: in memory. Rejects with an EnvironmentError. */
export async function createLongtermPair(
  keyFile: string,
  tpm: TpmSettings | undefined,
): Promise<LongtermPair> {
  const key = await newKey(keyFile, tpm);
  return {
    publicKey: publicPoint(key.publicKey),
    sign: async (message) => rawSignature(await key.sign(message)),
    identityFor: async (clientId) => ({
      cert: await selfSigned(nameFor(clientId), key, {}),
      key: key.content,
    }),
  };
}

const halfBytes = 32;

/** r and s, 32 bytes each, of the DER that OpenSSL and certificates have. */
function rawSignature(der: Uint8Array): Uint8Array {
  const numbers = DerReader.inside(new DerReader(der).expect(derTag.sequence, 'a signature'));
  const raw = new Uint8Array(2 * halfBytes);
  for (const end of [halfBytes, 2 * halfBytes]) {
    const { content } = numbers.expect(derTag.integer, 'a half of a signature');
    // Positive numbers have a zero in front of a top bit that is set.
    const digits = content.subarray(Math.max(0, content.length - halfBytes));
    raw.set(digits, end - digits.length);
  }
  return raw;
}

/** Eight groups of four upper-case digits, as the ENF has them. */
function nameFor(clientId: Uint8Array): string {
  const digits = Buffer.from(clientId).toString('hex').toUpperCase();
  const name = digits.match(/.{4}/g)!.join(':');
  const judged = addressOfName(name);
  if (judged.ok) return name;
  const problem = `the server assigned ${formatIpv6(clientId)}, which cannot be used: the name ${judged.problem}`;
  throw new ProvisioningError('server', `${problem}; report this to the operator of the ENF`);
}
