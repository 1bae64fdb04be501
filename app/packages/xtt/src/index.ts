/** XTT: the handshake as messages, signatures and state machines over bytes. It touches neither sockets nor clocks. */
export { XttError, XttParseError, type XttErrorCode } from './errors.ts';
export { hashToCurve, maxBasenameLength, type BasenamePoint } from './hash-to-curve.ts';
export type { RandomBytes } from './points.ts';
export {
  createIssuer,
  groupId,
  readGroup,
  readIssuer,
  type DaaGroup,
  type DaaIssuer,
} from './daa-group.ts';
export {
  isCredentialOf,
  issueCredential,
  readCredential,
  type DaaCredential,
} from './daa-credential.ts';
export type { Commitment, CommitRequest, DaaMember, Proof } from './daa-member.ts';
export { createMemberSecret, softwareMember, type SoftwareMember } from './software-member.ts';
export { signDaa, type DaaSigner } from './daa-sign.ts';
export { verifyDaa } from './daa-verify.ts';
export { readRevocations, type RevocationList, type Revocations } from './revocations.ts';
export {
  issueServerCertificate,
  readRootCertificate,
  rootCertificate,
  serverKeyOf,
  verifiedServerKey,
  type RootCertificate,
} from './certificate.ts';
export { createEcdsaKey, isEcdsaSignature, readEcdsaKey, type EcdsaKey } from './ecdsa.ts';
export { defaultSuite, type SignatureCoverage, type SuiteName } from './suite.ts';
export type { CommonStep, EndedStep, FailedStep, SendStep, WaitStep } from './handshake-end.ts';
export {
  signAttestation,
  type AttestRequest,
  type Attestation,
  type LongtermKey,
} from './attestation.ts';
export { XttClient, type ClientOptions, type ClientStep } from './client.ts';
export { XttServer, type ServerOptions, type ServerStep, type VerifiedClient } from './server.ts';
