import type { OpenTpmKey } from './tpm/tpm-keys.ts';

/** The identity of this machine towards the ENF: a certificate, its key, and the address in the certificate. */
export interface Identity {
  /** Trusted roots for the server, PEM. */
  readonly ca: string;
  /** What is worth knowing of each of them. */
  readonly roots: readonly Root[];
  /** Our leaf certificate, PEM. */
  readonly cert: string;
  /** Our private key, PEM; of a key in a TPM, the description that the TPM needs. */
  readonly key: string;
  /** The key in a TPM, open. */
  readonly tpmKey?: OpenTpmKey | undefined;
  /** The tunnel's address from the certificate's CN, 16 bytes. */
  readonly address: Uint8Array;
  /** The same in RFC 5952 text. */
  readonly addressText: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface Root {
  readonly commonName: string | undefined;
  readonly notBefore: Date;
  readonly notAfter: Date;
}
