/** A simulator with a parent key, and what several tests do with signatures. */
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import {
  hierarchies,
  joinSignature,
  parentTemplate,
  Tpm,
  type EccPublic,
  type PublicArea,
  type Signature,
  type TctiTransport,
} from '../../src/index.ts';
import { Swtpm } from '../../testing/index.ts';

/** Of the persistent key that parentTemplate makes. */
export const parentHandle = 0x81000001;

export class Simulator {
  readonly swtpm: Swtpm;
  readonly tpm: Tpm<TctiTransport>;

  private constructor(swtpm: Swtpm) {
    this.swtpm = swtpm;
    this.tpm = Tpm.open(swtpm.configuration);
  }

  static async start(): Promise<Simulator> {
    const simulator = new Simulator(await Swtpm.start());
    const { tpm } = simulator;
    await using parent = await tpm.createPrimary(hierarchies.owner, parentTemplate);
    await tpm.evictControl(parent.handle, parentHandle);
    return simulator;
  }

  async stop(): Promise<void> {
    await this.tpm.close();
    await this.swtpm.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** By OpenSSL: ECDSA on P-256 with SHA-256. */
export function assertSigned(area: PublicArea, text: Uint8Array, signature: Signature): void {
  const { x, y } = (area as EccPublic).point;
  assert.equal(x.length + y.length, 64);
  const base64 = (part: Uint8Array) => Buffer.from(part).toString('base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: base64(x), y: base64(y) };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  assert.ok(signature.type === 'ecc');
  assert.ok(verify('sha256', text, { key, dsaEncoding: 'ieee-p1363' }, joinSignature(signature)));
}
