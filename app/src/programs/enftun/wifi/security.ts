/**
 * The encryption of a network, and what is stored of its password. WPA2 needs only a key derived from it, which opens
 * no other network; WPA3 (SAE) needs the password itself. Networks of companies (802.1X) belong into a file of their
 * own.
 */
import { pbkdf2Sync } from 'node:crypto';
import { bytesOf, type Ssid } from './ssid.ts';

export const securities = ['open', 'wpa2', 'wpa3', 'wpa2+wpa3'] as const;
export type Security = (typeof securities)[number];

export interface Secret {
  /** WPA2's key: 64 hex digits. */
  readonly pskHex: string | undefined;
  /** WPA3's password, its bytes in hex. */
  readonly saeHex: string | undefined;
}

export type SecretResult =
  { readonly ok: true; readonly secret: Secret } | { readonly ok: false; readonly problem: string };

// IEEE 802.11-2020, annex J.4.
const derivation = { rounds: 4096, bytes: 32, hash: 'sha1' } as const;
const maxSaeBytes = 128;

export function secretFrom(password: string, security: Security, ssid: Ssid): SecretResult {
  const saeHex = Buffer.from(password, 'utf8').toString('hex');
  switch (security) {
    case 'open':
      return { ok: true, secret: { pskHex: undefined, saeHex: undefined } };
    case 'wpa3': {
      const length = saeHex.length / 2;
      if (length === 0) return refused('the password is empty');
      if (length > maxSaeBytes) return refused(`the password has more than ${maxSaeBytes} bytes`);
      // wpa_supplicant takes it for the end, and would join with a part.
      if (password.includes('\0')) return refused('the password contains a zero byte');
      return { ok: true, secret: { pskHex: undefined, saeHex } };
    }
    case 'wpa2': {
      const isKey = /^[\da-f]{64}$/i.test(password);
      const problem = isKey ? undefined : passphraseProblem(password);
      if (problem !== undefined) return refused(problem);
      const pskHex = isKey ? password.toLowerCase() : pskOf(password, ssid);
      return { ok: true, secret: { pskHex, saeHex: undefined } };
    }
    case 'wpa2+wpa3': {
      if (/^[\da-f]{64}$/i.test(password)) {
        return refused('64 hex digits are a key, not a password: only WPA2 accepts it, use --wpa2');
      }
      const problem = passphraseProblem(password);
      if (problem !== undefined) return refused(problem);
      return { ok: true, secret: { pskHex: pskOf(password, ssid), saeHex } };
    }
  }
}

function passphraseProblem(password: string): string | undefined {
  const { length } = password;
  if (length === 0) return 'the password is empty';
  if (length < 8 || length > 63) {
    return `a WPA2 password has 8 to 63 characters, this one has ${length}`;
  }
  return /^[\x20-\x7e]*$/.test(password)
    ? undefined
    : 'a WPA2 password has only the characters of an English keyboard (ASCII); --wpa3 takes others';
}

function pskOf(password: string, ssid: Ssid): string {
  const { rounds, bytes, hash } = derivation;
  return pbkdf2Sync(password, bytesOf(ssid), rounds, bytes, hash).toString('hex');
}

function refused(problem: string): SecretResult {
  return { ok: false, problem };
}
