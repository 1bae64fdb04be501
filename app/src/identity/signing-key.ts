/** The key that signs a certificate: one in a file, or one that stays in the TPM. */
import { sign, type KeyObject } from 'node:crypto';
import { generateKey, keyToPem } from './certificate-writer.ts';
import { publicKeyOf, type OwnKey } from './own-pair.ts';
import { createTpmKey, requireTpm } from './tpm/create-tpm-key.ts';
import { signInTpm } from './tpm/sign-in-tpm.ts';
import type { TpmSettings } from './tpm/tpm-settings.ts';

export interface SigningKey {
  readonly publicKey: KeyObject;
  /** ECDSA with SHA-256, DER. Rejects with an EnvironmentError. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

export interface NewKey extends SigningKey {
  /** What the key file is to contain. */
  readonly content: string;
}

/** In memory; or made in the TPM, of which nothing is kept there. Rejects with an EnvironmentError. */
export async function newKey(keyFile: string, tpm: TpmSettings | undefined): Promise<NewKey> {
  if (tpm === undefined) {
    const { privateKey, publicKey } = generateKey();
    return { publicKey, content: keyToPem(privateKey), sign: signerInMemory(privateKey) };
  }
  const file = await createTpmKey(keyFile, tpm);
  const key = existingKey({ kind: 'tpm', file }, keyFile, tpm);
  return { ...key, content: file.pem };
}

/** Finds out whether the TPM can make a key, before anything is asked for. Rejects with an EnvironmentError. */
export async function rehearseKey(keyFile: string, tpm: TpmSettings | undefined): Promise<void> {
  if (tpm === undefined) return;
  await requireTpm(keyFile, tpm);
}

/** `settings`: of the TPM, for a key that is in it. */
export function existingKey(key: OwnKey, keyFile: string, settings: TpmSettings): SigningKey {
  const publicKey = publicKeyOf(key);
  if (key.kind === 'file') return { publicKey, sign: signerInMemory(key.privateKey) };
  return {
    publicKey,
    sign: (message) => signInTpm(keyFile, key.file, settings, message),
  };
}

function signerInMemory(key: KeyObject): SigningKey['sign'] {
  return (message) => Promise.resolve(sign('sha256', message, key));
}
