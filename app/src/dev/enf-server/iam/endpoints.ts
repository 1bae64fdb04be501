/** The registered endpoints of the development ENF: which public key may use which address. */
import { createPublicKey, randomBytes } from 'node:crypto';
import { addressOfName } from '../../../identity/certificate-name.ts';
import { formatIpv6, parseIpv6 } from '../../../wire/ipv6-address.ts';

export type Registration =
  | { readonly ok: true; readonly addressText: string; readonly registered: Date }
  | { readonly ok: false; readonly status: 403 | 500; readonly reason: string };

export interface EndpointRequest {
  /** X9.62 in hex, upper case. */
  readonly key: string;
  readonly address?: string;
  readonly network?: string;
}

/** DER in front of an uncompressed point on P-256 makes a SubjectPublicKeyInfo (RFC 5480). */
const spkiStart = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');

export class Endpoints {
  readonly #network: Uint8Array;
  readonly #registry: Map<string, string>;
  readonly #keyOf = new Map<string, string>();

  /**
   * `network` (16 bytes) is the only one that is assigned. `registry` is that of the tunnels: from public keys
   * (SubjectPublicKeyInfo, base64) to addresses.
   */
  constructor(network: Uint8Array, registry: Map<string, string>) {
    this.#network = network;
    this.#registry = registry;
  }

  get networkText(): string {
    return `${formatIpv6(this.#network)}/64`;
  }

  /** A new key takes the place of an earlier one of the same address. */
  register({ key, address, network }: EndpointRequest): Registration {
    const spki = spkiOf(key);
    if (spki === undefined) return refuse(500, 'the key is not a point on P-256');
    if ((address === undefined) === (network === undefined)) {
      return refuse(500, 'exactly one of address and network is needed');
    }
    const wanted = address === undefined ? this.#choose(network ?? '') : parseIpv6(address);
    if (wanted === undefined) return refuse(500, 'Internal Server Error');
    if (Buffer.compare(wanted.subarray(0, 8), this.#network.subarray(0, 8)) !== 0) {
      return refuse(403, `the account may assign addresses of ${this.networkText} only`);
    }
    const addressText = formatIpv6(wanted);
    if (!addressOfName(addressText).ok) return refuse(403, 'no tunnel can have this address');
    const before = this.#keyOf.get(addressText);
    if (before !== undefined) this.#registry.delete(before);
    this.#keyOf.set(addressText, spki);
    this.#registry.set(spki, addressText);
    return { ok: true, addressText, registered: new Date() };
  }

  /** The tunnels refuse this address from now on. */
  forget(addressText: string): void {
    const key = this.#keyOf.get(addressText);
    if (key !== undefined) this.#registry.delete(key);
    this.#keyOf.delete(addressText);
  }

  /** A random address of the network. */
  #choose(network: string): Uint8Array | undefined {
    const [prefix = '', length] = network.split('/');
    const bytes = length === '64' ? parseIpv6(prefix) : undefined;
    if (bytes === undefined || bytes.subarray(8).some((byte) => byte !== 0)) return undefined;
    bytes.set(randomBytes(8), 8);
    return bytes;
  }
}

function spkiOf(key: string): string | undefined {
  if (!/^04[0-9A-F]{128}$/.test(key)) return undefined;
  const spki = Buffer.concat([spkiStart, Buffer.from(key, 'hex')]);
  try {
    createPublicKey({ key: spki, format: 'der', type: 'spki' });
    return spki.toString('base64');
  } catch {
    return undefined;
  }
}

function refuse(status: 403 | 500, reason: string): Registration {
  return { ok: false, status, reason };
}
