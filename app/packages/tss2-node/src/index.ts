/** TPM 2.0 for Node.js through tpm2-tss. Begin with `Tpm.open`; README.md has a program. */
export * from './constants.ts';
export * from './errors.ts';
export * from './key-templates.ts';
export { ByteReader } from './codec/byte-reader.ts';
export { ByteWriter, encodeBytes } from './codec/byte-writer.ts';
export {
  encodePublic,
  readPublicArea,
  type EccPoint,
  type EccPublic,
  type OtherPublic,
  type PublicArea,
  type RsaPublic,
} from './codec/public-area.ts';
export type { NvPublic } from './codec/nv-public.ts';
export type { AsymmetricScheme, Symmetric } from './codec/scheme.ts';
export {
  joinSignature,
  type EccSignature,
  type RsaSignature,
  type Signature,
} from './codec/signature.ts';
export { emptyAuth, type Command } from './command.ts';
export type { CapabilityEntry, CapabilityKind } from './commands/capability.ts';
export type { DictionaryAttackLimits } from './commands/dictionary-attack.ts';
export type { NvAuth, NvDefinition, NvPublicResult } from './commands/nv.ts';
export type {
  CreateResult,
  CreationOptions,
  LoadResult,
  ReadPublicResult,
} from './commands/objects.ts';
export {
  ecdaaSha256,
  ecdsaSha256,
  type CommitOptions,
  type CommitResult,
  type HashResult,
  type HashTicket,
  type SignOptions,
} from './commands/signing.ts';
export type { DictionaryAttackState } from './dictionary-attack-state.ts';
export { decodeKeyFile, encodeKeyFile, maxKeyFileLength, type KeyFile } from './key-file.ts';
export {
  decodeResponseCode,
  type Blame,
  type ResponseCode,
  type RetryAdvice,
} from './response-code.ts';
export { EncryptedSession, type SessionOptions } from './session.ts';
export { TctiTransport, type TctiOptions } from './tcti-transport.ts';
export { Tpm, type RunOptions } from './tpm.ts';
export { TransientObject } from './transient-object.ts';
export type { Transport, TransmitOptions } from './transport.ts';
