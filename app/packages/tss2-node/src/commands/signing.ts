/** TPM2_Sign, TPM2_Commit and TPM2_Hash (TPM 2.0 Library part 3, 20.2, 19.2 and 15.4), and TPM2_GetRandom. */
import { encodeBytes } from '../codec/byte-writer.ts';
import { readPoint, writePoint, type EccPoint } from '../codec/public-area.ts';
import { writeAsymmetricScheme, type AsymmetricScheme } from '../codec/scheme.ts';
import { readSignature, type Signature } from '../codec/signature.ts';
import { emptyAuth, type Command } from '../command.ts';
import { algorithms, commandCodes, hierarchies } from '../constants.ts';

/** TPM_ST_HASHCHECK. */
const hashCheckTag = 0x8024;

/** What TPM2_Hash returned about a digest; a restricted key signs nothing without it. */
export interface HashTicket {
  readonly hierarchy: number;
  readonly digest: Uint8Array;
}

/** For TPM2_Sign. */
export interface SignOptions {
  readonly auth?: Uint8Array;
  /** Null: the scheme of the key. */
  readonly scheme?: AsymmetricScheme | null;
  readonly ticket?: HashTicket;
}

/** TPM2_Sign: ECDSA with SHA-256 by default. For ECDAA give its scheme, with the counter of the commit. */
export function sign(
  key: number,
  digest: Uint8Array,
  options: SignOptions = {},
): Command<Signature> {
  const { auth = emptyAuth, scheme = ecdsaSha256, ticket } = options;
  return {
    name: 'TPM2_Sign',
    code: commandCodes.Sign,
    handles: [key],
    auths: [auth],
    createsObject: false,
    parameters: encodeBytes((writer) => {
      writer.writeSized(digest);
      writeAsymmetricScheme(writer, scheme);
      writer.writeUint16(hashCheckTag).writeUint32(ticket?.hierarchy ?? hierarchies.null);
      writer.writeSized(ticket?.digest ?? emptyAuth);
    }),
    decode: readSignature,
  };
}

/** The default of `sign`. */
export const ecdsaSha256: AsymmetricScheme = {
  algorithm: algorithms.ECDSA,
  hash: algorithms.SHA256,
};

/** The scheme of a signature that follows a commit. */
export function ecdaaSha256(counter: number): AsymmetricScheme {
  return { algorithm: algorithms.ECDAA, hash: algorithms.SHA256, count: counter };
}

/** For TPM2_Commit. */
export interface CommitOptions {
  readonly auth?: Uint8Array;
  /** Hashed to the x coordinate of the second base point. */
  readonly s2?: Uint8Array;
  readonly y2?: Uint8Array;
}

/** Of TPM2_Commit. */
export interface CommitResult {
  /** Empty coordinates, unless s2 and y2 were given. */
  readonly k: EccPoint;
  readonly l: EccPoint;
  readonly e: EccPoint;
  /** Names this commit to the one TPM2_Sign that may follow it. */
  readonly counter: number;
}

/** TPM2_Commit, the first half of an ECDAA signature: E = r * P1; with s2 and y2 also K = d * J and L = r * J. */
export function commit(
  key: number,
  p1: EccPoint,
  { auth = emptyAuth, s2 = emptyAuth, y2 = emptyAuth }: CommitOptions = {},
): Command<CommitResult> {
  return {
    name: 'TPM2_Commit',
    code: commandCodes.Commit,
    handles: [key],
    auths: [auth],
    createsObject: false,
    parameters: encodeBytes((writer) =>
      writer
        .writeSizedStructure((inner) => writePoint(inner, p1))
        .writeSized(s2)
        .writeSized(y2),
    ),
    decode: (reader) => ({
      k: reader.readSizedStructure('a TPM2B_ECC_POINT', readPoint),
      l: reader.readSizedStructure('a TPM2B_ECC_POINT', readPoint),
      e: reader.readSizedStructure('a TPM2B_ECC_POINT', readPoint),
      counter: reader.readUint16(),
    }),
  };
}

/** Of TPM2_Hash. */
export interface HashResult {
  readonly digest: Uint8Array;
  readonly ticket: HashTicket;
}

/** TPM2_Hash of at most TPM_PT_INPUT_BUFFER bytes, usually 1024. */
export function hash(
  data: Uint8Array,
  options: { algorithm?: number; hierarchy?: number } = {},
): Command<HashResult> {
  const { algorithm = algorithms.SHA256, hierarchy = hierarchies.null } = options;
  return {
    name: 'TPM2_Hash',
    code: commandCodes.Hash,
    handles: [],
    auths: [],
    createsObject: false,
    parameters: encodeBytes((writer) =>
      writer.writeSized(data).writeUint16(algorithm).writeUint32(hierarchy),
    ),
    decode(reader) {
      const digest = reader.readSized();
      reader.readUint16();
      return { digest, ticket: { hierarchy: reader.readUint32(), digest: reader.readSized() } };
    },
  };
}

/** TPM2_GetRandom. A TPM may return fewer bytes than asked for: at most one digest at a time. */
export function getRandom(bytes: number): Command<Uint8Array> {
  return {
    name: 'TPM2_GetRandom',
    code: commandCodes.GetRandom,
    handles: [],
    auths: [],
    createsObject: false,
    parameters: encodeBytes((writer) => writer.writeUint16(bytes)),
    decode: (reader) => reader.readSized(),
  };
}
