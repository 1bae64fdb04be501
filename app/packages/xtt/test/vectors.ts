/**
 * The vectors: four handshakes, one for each suite, with everything that is inside them. Bytes are hex text in the
 * file.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Text that is hex becomes bytes, except the texts that are names. */
type Bytes<Key extends string> = { readonly [Name in Key]: Uint8Array };

export type Common = Bytes<
  | 'issuer_x'
  | 'issuer_y'
  | 'member_secret'
  | 'credential_l'
  | 'group_public_key'
  | 'credential'
  | 'group_id'
  | 'root_id'
  | 'root_private'
  | 'root_public'
  | 'xtt_root_certificate'
  | 'server_private'
  | 'server_public'
  | 'server_certificate'
  | 'longterm_private'
  | 'longterm_public'
> & {
  readonly basename: string;
  readonly hash_to_curve: readonly { basename: string; i: number; point: Uint8Array }[];
};

export type Handshake = Bytes<
  | 'client_x25519_private'
  | 'server_x25519_private'
  | 'nonce_c'
  | 'server_cookie'
  | 'client_init'
  | 'inner_hash'
  | 'handshake_key_hash'
  | 'server_sig_hash'
  | 'server_signature'
  | 'dh_shared'
  | 'handshake_secret'
  | 'client_key'
  | 'client_iv'
  | 'server_key'
  | 'server_iv'
  | 'server_nonce_seq0'
  | 'server_nonce_seq1'
  | 'server_init_and_attest'
  | 'longterm_sig_hash'
  | 'longterm_signature'
  | 'daa_sig_hash'
  | 'daa_signature'
  | 'client_attest_plaintext'
  | 'client_attest'
  | 'assigned_id'
  | 'server_finished'
> & {
  readonly suite: 1 | 2 | 3 | 4;
  readonly daa_internals: Bytes<'l' | 'k' | 'n' | 'c1' | 'J' | 'E' | 'L'> & { readonly i: number };
};

const names = new Set(['basename', 'note']);

export const { common, handshakes } = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'xtt-vectors.json'), 'utf8'),
  (key, value: unknown) =>
    typeof value === 'string' && !names.has(key)
      ? Uint8Array.from(Buffer.from(value, 'hex'))
      : value,
) as { common: Common; handshakes: readonly Handshake[] };

export const basename: Uint8Array = new TextEncoder().encode(common.basename);

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
