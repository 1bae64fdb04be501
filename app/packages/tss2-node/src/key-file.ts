/**
 * Key files for TPM 2.0: PEM with the label `TSS2 PRIVATE KEY`, as tpm2-openssl, tpm2-tools and others read and write
 * it. The file holds a key that its TPM alone can use: the public area, the private part as TPM2_Create wrapped it, and
 * the parent that unwraps it. Content in ASN.1 (TPMKey of "ASN.1 Specification for TPM 2.0 Key Files"):
 *
 *     SEQUENCE {
 *       type       OBJECT IDENTIFIER,  2.23.133.10.1.3: a loadable key
 *       emptyAuth  [0] EXPLICIT BOOLEAN OPTIONAL,
 *       parent     INTEGER,
 *       pubkey     OCTET STRING,       TPM2B_PUBLIC
 *       privkey    OCTET STRING        TPM2B_PRIVATE
 *     }
 *
 * Keys with policies, keys to be imported and sealed data have further members or another type; they are refused.
 */
import { ByteReader } from './codec/byte-reader.ts';
import { encodeBytes } from './codec/byte-writer.ts';
import { derTags, explicitTag, readDer, writeDer } from './codec/der.ts';
import { encodePublic, readPublicArea } from './codec/public-area.ts';
import type { CreateResult } from './commands/objects.ts';
import { firstHandles, hierarchies } from './constants.ts';
import { TpmFormatError } from './errors.ts';

export interface KeyFile extends CreateResult {
  /**
   * The parent's handle: persistent (0x81…), or a hierarchy (0x40…), which stands for the primary key that
   * `hierarchyParentTemplate` gives there.
   */
  readonly parent: number;
  /** False if the key has an authorization value, which the user of the key must give. */
  readonly emptyAuth: boolean;
}

/** Characters of a file; one with an RSA key of 4096 bits has 2600. */
export const maxKeyFileLength = 16 * 1024;

const label = 'TSS2 PRIVATE KEY';
const lineLength = 64;
/** 2.23.133.10.1.3, the content octets. */
const loadableKey = Uint8Array.of(0x67, 0x81, 0x05, 0x0a, 0x01, 0x03);
const emptyAuthTag = explicitTag(0);
/** Text for people. */
const descriptionTag = explicitTag(4);
/** Members that change how the key is loaded or used. */
const unsupportedMembers: Readonly<Record<number, string>> = {
  [explicitTag(1)]: 'a policy',
  [explicitTag(2)]: 'a secret for TPM2_Import',
  [explicitTag(3)]: 'signed policies',
  [explicitTag(5)]: 'the choice of an RSA parent',
};
const persistentType = firstHandles.persistent >>> 24;
/** Of the other handles 0x40…, such as that of the lockout, none is a parent. */
const parentHierarchies: readonly number[] = [
  hierarchies.owner,
  hierarchies.null,
  hierarchies.endorsement,
  hierarchies.platform,
];

/** The text of a key file, for example of `{ ...(await tpm.create(parent, template)), parent, emptyAuth: true }`. */
export function encodeKeyFile(key: KeyFile): string {
  checkParent(key.parent);
  const parent = encodeBytes((writer) => writer.writeUint32(key.parent));
  const der = writeDer(
    derTags.sequence,
    writeDer(derTags.objectIdentifier, loadableKey),
    // DER has 0xff for true; other writers have 0x01, which OpenSSL reads as well.
    ...(key.emptyAuth
      ? [writeDer(emptyAuthTag, writeDer(derTags.boolean, Uint8Array.of(0xff)))]
      : []),
    writeDer(derTags.integer, ...(parent[0]! & 0x80 ? [Uint8Array.of(0)] : []), parent),
    writeDer(derTags.octetString, encodePublic(key.public)),
    writeDer(
      derTags.octetString,
      encodeBytes((writer) => writer.writeSized(key.private)),
    ),
  );
  const base64 = Buffer.from(der).toString('base64');
  const lines = base64.match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/**
 * Reads the one key in the text; what stands before and after its PEM block is ignored (RFC 7468 section 2). Throws a
 * TpmFormatError for anything but a whole loadable key; its offset counts in the decoded bytes. `Tpm.load` takes the
 * result.
 */
export function decodeKeyFile(text: string): KeyFile {
  const reader = new ByteReader(decodePem(text));
  const key = readDer(reader, derTags.sequence, 'a key file');
  reader.expectEnd('a key file');
  const type = readDer(key, derTags.objectIdentifier, 'the type of the key');
  if (!Buffer.from(loadableKey).equals(type.readRest())) {
    throw new TpmFormatError('the file does not hold a loadable key (2.23.133.10.1.3)', 4);
  }
  const emptyAuth = key.peekUint8() === emptyAuthTag && readEmptyAuth(key);
  if (key.peekUint8() === descriptionTag) readDer(key, descriptionTag, 'the description');
  const member = unsupportedMembers[key.peekUint8() ?? -1];
  if (member !== undefined) {
    throw new TpmFormatError(`the key has ${member}, which is not supported`, key.offset);
  }
  const parent = readParent(key);
  const publicPart = readDer(key, derTags.octetString, 'the public part');
  const area = publicPart.readSizedStructure('a TPM2B_PUBLIC', readPublicArea);
  publicPart.expectEnd('the public part');
  const privatePart = readDer(key, derTags.octetString, 'the private part');
  const wrapped = privatePart.readSized();
  privatePart.expectEnd('the private part');
  key.expectEnd('a key file');
  return { parent, emptyAuth, public: area, private: wrapped };
}

function readEmptyAuth(key: ByteReader): boolean {
  const outer = readDer(key, emptyAuthTag, 'emptyAuth');
  const value = readDer(outer, derTags.boolean, 'emptyAuth');
  const isEmpty = value.readUint8() !== 0;
  value.expectEnd('emptyAuth');
  outer.expectEnd('emptyAuth');
  return isEmpty;
}

/** A handle of 32 bits: with a zero before it if its top bit is set; some writers leave the zero out. */
function readParent(key: ByteReader): number {
  const integer = readDer(key, derTags.integer, 'the parent');
  const start = integer.offset;
  if (integer.remaining === 5 && integer.readUint8() !== 0) {
    throw new TpmFormatError('the parent is not a handle of 32 bits', start);
  }
  const handle = integer.readUint32();
  integer.expectEnd('the parent');
  checkParent(handle, start);
  return handle;
}

function checkParent(handle: number, offset?: number): void {
  if (handle >>> 24 === persistentType || parentHierarchies.includes(handle)) return;
  const hex = `0x${handle.toString(16).padStart(8, '0')}`;
  throw new TpmFormatError(
    `the parent ${hex} is neither a persistent object (0x81…) nor a hierarchy that has keys (0x40000001, 7, b, c)`,
    offset,
  );
}

function decodePem(text: string): Uint8Array {
  if (text.length > maxKeyFileLength) {
    throw new TpmFormatError(
      `a key file of ${text.length} characters is longer than ${maxKeyFileLength}`,
    );
  }
  const blocks = text.split(`-----BEGIN ${label}-----`);
  if (blocks.length !== 2) {
    throw new TpmFormatError(`expected one PEM block "${label}", found ${blocks.length - 1}`);
  }
  const end = blocks[1]!.indexOf(`-----END ${label}-----`);
  if (end < 0) throw new TpmFormatError(`the PEM block "${label}" has no end`);
  const base64 = blocks[1]!.slice(0, end).replaceAll(/[ \t\r\n]/g, '');
  const der = Buffer.from(base64, 'base64');
  // Node.js skips what is not base64; written again, it would differ.
  if (der.toString('base64') !== base64) {
    throw new TpmFormatError(`the PEM block "${label}" is not base64`, der.length);
  }
  return der;
}
