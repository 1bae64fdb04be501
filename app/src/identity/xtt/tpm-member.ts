/**
 * The key of a group's member inside a TPM: TPM2_Commit and TPM2_Sign with the scheme ECDAA (TPM 2.0 Library part 3,
 * 19.2 and 20.2). It joins the packages `xtt` and `tss2-node`, which are independent of each other.
 */
import { ecdaaSha256, type EccPoint, type Tpm } from 'tss2-node';
import { XttError, type Commitment, type CommitRequest, type DaaMember, type Proof } from 'xtt';

const coordinateBytes = 32;
const uncompressed = 4;

export interface TpmMemberOptions {
  /** Persistent, and without an authorization value. */
  readonly handle: number;
  /** For each command. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export class TpmMember implements DaaMember {
  readonly #tpm: Tpm;
  readonly #options: TpmMemberOptions;

  constructor(tpm: Tpm, options: TpmMemberOptions) {
    this.#tpm = tpm;
    this.#options = options;
  }

  async commit({ base, preimage, y }: CommitRequest): Promise<Commitment> {
    const { handle, ...options } = this.#options;
    const point = { x: base.subarray(1, 1 + coordinateBytes), y: base.subarray(-coordinateBytes) };
    const commands = { ...options, s2: preimage, y2: y };
    const { k, l, e, counter } = await this.#tpm.commit(handle, point, commands);
    return {
      pseudonym: pointBytes(k),
      basenameCommitment: pointBytes(l),
      baseCommitment: pointBytes(e),
      counter,
    };
  }

  async sign(digest: Uint8Array, counter: number): Promise<Proof> {
    const { handle, ...options } = this.#options;
    const scheme = ecdaaSha256(counter);
    const signature = await this.#tpm.sign(handle, digest, { ...options, scheme });
    if (signature.type !== 'ecc') throw unusable('signed with another algorithm than ECDAA');
    return { nonce: signature.r, response: signature.s };
  }
}

/** X9.62 uncompressed. TPMs may leave out leading zeros of a coordinate. */
function pointBytes({ x, y }: EccPoint): Uint8Array {
  const bytes = new Uint8Array(1 + 2 * coordinateBytes);
  bytes[0] = uncompressed;
  bytes.set(padded(x), 1);
  bytes.set(padded(y), 1 + coordinateBytes);
  return bytes;
}

function padded(coordinate: Uint8Array): Uint8Array {
  if (coordinate.length === 0 || coordinate.length > coordinateBytes) {
    throw unusable(`returned a coordinate of ${coordinate.length} bytes`);
  }
  const bytes = new Uint8Array(coordinateBytes);
  bytes.set(coordinate, coordinateBytes - coordinate.length);
  return bytes;
}

function unusable(what: string): XttError {
  return new XttError('member', `the TPM ${what}`);
}
