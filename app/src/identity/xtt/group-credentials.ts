/**
 * What makes a device a member of its group, as a factory puts it into the TPM or into a folder. All of it is read
 * before a server is asked, so that a device that was never prepared is noticed offline.
 */
import {
  maxBasenameLength,
  groupId,
  readCredential,
  readRootCertificate,
  type DaaCredential,
  type DaaMember,
  type RootCertificate,
} from 'xtt';
import { ProvisioningError } from '../provisioning-error.ts';
import { certificateBlock } from '../own-pair.ts';

/** The same things in the TPM and in a folder: NV index, file name, and what it is. */
export const groupObjects = {
  groupKey: { index: 0x01410000, file: 'daa_gpk.bin', what: 'the public key of the group' },
  credential: { index: 0x01410001, file: 'daa_cred.bin', what: 'the credential of this member' },
  tunnelRoots: { index: 0x01410005, file: 'tls_root.pem', what: 'the roots of the tunnel' },
  basename: { index: 0x01410007, file: 'basename.bin', what: 'the basename of the group' },
  root: { index: 0x01410009, file: 'xtt_root.bin', what: 'the root of the XTT servers' },
} as const;

export type GroupObject = keyof typeof groupObjects;

export interface GroupCredentials {
  /** 32 bytes. */
  readonly groupId: Uint8Array;
  readonly basename: Uint8Array;
  readonly root: RootCertificate;
  readonly credential: DaaCredential;
  readonly member: DaaMember;
  /** PEM, for `remote.ca_cert_file`; undefined where there are none. */
  readonly tunnelRoots: string | undefined;
}

export interface GroupSource {
  /** The content; undefined if there is no such object. Rejects with a ProvisioningError. */
  read(object: GroupObject): Promise<Uint8Array | undefined>;
  /** Where an object is, for messages. */
  placeOf(object: GroupObject): string;
  readonly member: DaaMember;
}

/** `basename`: the one of the configuration, if there is one. Rejects with a ProvisioningError. */
export async function readGroupCredentials(
  source: GroupSource,
  basename: string | undefined,
): Promise<GroupCredentials> {
  const name =
    basename === undefined
      ? await needed(source, 'basename', checkBasename)
      : new TextEncoder().encode(basename);
  return {
    groupId: await needed(source, 'groupKey', (bytes) => groupId(bytes, name)),
    basename: name,
    root: await needed(source, 'root', readRootCertificate),
    credential: await needed(source, 'credential', readCredential),
    member: source.member,
    tunnelRoots: await readTunnelRoots(source),
  };
}

/** The roots of the tunnel alone. Rejects with a ProvisioningError. */
export async function readTunnelRoots(source: GroupSource): Promise<string | undefined> {
  const bytes = await source.read('tunnelRoots');
  return bytes && parsed(source, 'tunnelRoots', () => pemOf(bytes));
}

async function needed<T>(
  source: GroupSource,
  object: GroupObject,
  parse: (bytes: Uint8Array) => T,
): Promise<T> {
  const bytes = await source.read(object);
  if (bytes !== undefined) return parsed(source, object, () => parse(bytes));
  const problem = `${source.placeOf(object)}: ${groupObjects[object].what} is missing`;
  throw new ProvisioningError('group', `${problem}; prepare this device for its group`);
}

function parsed<T>(source: GroupSource, object: GroupObject, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'it cannot be read';
    const problem = `${source.placeOf(object)}: not usable as ${groupObjects[object].what}: ${why}`;
    throw new ProvisioningError('group', `${problem}; prepare this device again`, cause);
  }
}

function checkBasename(bytes: Uint8Array): Uint8Array {
  if (bytes.length > 0 && bytes.length <= maxBasenameLength) return bytes;
  throw new RangeError(`it has ${bytes.length} bytes, expected 1 to ${maxBasenameLength}`);
}

/** The certificates alone: NV memory may be larger than what was written to it. */
function pemOf(bytes: Uint8Array): string {
  const blocks = Buffer.from(bytes).toString('latin1').match(certificateBlock);
  if (blocks === null) throw new RangeError('it contains no PEM certificate');
  return `${blocks.join('\n')}\n`;
}
