/** Certificates for the tests, as good or bad as wanted: a small DER writer, and EC keys of node:crypto. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export interface Identity {
  readonly cert: string;
  readonly key: string;
  readonly name: string;
  readonly privateKey: KeyObject;
  /** SHA-256 of the SubjectPublicKeyInfo, base64. */
  readonly pin: string;
}

interface Wishes {
  readonly name: string;
  /** Absent: signs itself. */
  readonly issuer?: Identity;
  readonly isRoot?: boolean;
  readonly dnsName?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Absent: for servers and clients. */
  readonly purpose?: 'client';
}

const day = 24 * 60 * 60 * 1000;
export const fromNow = (days: number): Date =>
  new Date(Math.floor(Date.now() / 1000) * 1000 + days * day);

export function issue(wishes: Wishes): Identity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
  const body = sequence(
    tagged(0xa0, integer([2])),
    integer([1, ...Buffer.from(wishes.name).subarray(0, 8)]),
    algorithm,
    nameOf(wishes.issuer?.name ?? wishes.name),
    sequence(time(wishes.notBefore ?? fromNow(-1)), time(wishes.notAfter ?? fromNow(365))),
    nameOf(wishes.name),
    spki,
    tagged(0xa3, sequence(...extensions(wishes))),
  );
  const signature = sign('sha256', body, wishes.issuer?.privateKey ?? privateKey);
  const der = sequence(body, algorithm, tagged(3, Buffer.of(0), signature));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    name: wishes.name,
    privateKey,
    pin: createHash('sha256').update(spki).digest('base64'),
  };
}

function extensions({ isRoot, dnsName, purpose }: Wishes): Buffer[] {
  const extension = (id: string, value: Buffer, isCritical = false): Buffer =>
    sequence(oid(id), ...(isCritical ? [Buffer.of(1, 1, 0xff)] : []), tagged(4, value));
  if (isRoot) return [extension('2.5.29.19', sequence(Buffer.of(1, 1, 0xff)), true)];
  const uses = purpose === 'client' ? ['2'] : ['1', '2'];
  return [
    extension('2.5.29.37', sequence(...uses.map((use) => oid(`1.3.6.1.5.5.7.3.${use}`)))),
    ...(dnsName === undefined
      ? []
      : [extension('2.5.29.17', sequence(tagged(0x82, Buffer.from(dnsName))))]),
  ];
}

function tagged(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const header =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...header), content]);
}

const sequence = (...parts: Uint8Array[]): Buffer => tagged(0x30, ...parts);
const integer = (bytes: number[]): Buffer => tagged(2, Buffer.from(bytes));
const nameOf = (text: string): Buffer =>
  sequence(tagged(0x31, sequence(oid('2.5.4.3'), tagged(0x0c, Buffer.from(text)))));

function time(date: Date): Buffer {
  return tagged(0x18, Buffer.from(`${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z`));
}

function oid(text: string): Buffer {
  const [first, second, ...rest] = text.split('.').map(Number) as [number, number, ...number[]];
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let high = arc >> 7; high > 0; high >>= 7) digits.unshift((high & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return tagged(6, Buffer.from(bytes));
}

export const root = issue({ name: 'root', isRoot: true });
export const serverIdentity = issue({ name: 'server', issuer: root, dnsName: 'enf.example' });
export const clientIdentity = issue({ name: 'client', issuer: root });
