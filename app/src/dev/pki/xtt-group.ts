/**
 * A development group for provisioning with XTT: its issuer, its root and server, and members. What a member gets has
 * the names and layouts of `identity/xtt`; the rest is for `enf-server --xtt`.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  createIssuer,
  createMemberSecret,
  issueCredential,
  issueServerCertificate,
  readEcdsaKey,
  rootCertificate,
  softwareMember,
  type DaaIssuer,
} from 'xtt';
import { memberSecretFile } from '../../identity/xtt/file-group.ts';
import { groupObjects } from '../../identity/xtt/group-credentials.ts';

/** What `enf-server --xtt-group` reads beside the public objects. */
export const serverFiles = {
  issuer: 'daa_issuer.bin',
  certificate: 'xtt_server.bin',
  key: 'xtt_server.key',
} as const;

export interface GroupFile {
  readonly name: string;
  readonly content: Uint8Array;
  readonly isSecret: boolean;
}

/** All files of a new group. `basename`: 1 to 64 bytes. */
export function createGroup(basename: string): GroupFile[] {
  const issuer = createIssuer(randomBytes);
  const rootId = randomBytes(16);
  const [rootKey, serverKey] = [newKey(), newKey()];
  const root = readEcdsaKey(rootKey);
  const server = readEcdsaKey(serverKey);
  return [
    shown(groupObjects.groupKey.file, issuer.publicKey),
    shown(groupObjects.basename.file, Buffer.from(basename)),
    shown(groupObjects.root.file, rootCertificate(rootId, root.publicKey)),
    shown(serverFiles.certificate, issueServerCertificate(rootId, root, server.publicKey)),
    secret(serverFiles.key, serverKey),
    secret(serverFiles.issuer, Buffer.concat([scalar(issuer.x), scalar(issuer.y)])),
  ];
}

/** A member whose secret is in a file. */
export function createMember(issuer: DaaIssuer): GroupFile[] {
  const memberSecret = createMemberSecret(randomBytes);
  const { publicKey } = softwareMember(memberSecret, randomBytes);
  return [
    shown(groupObjects.credential.file, issueCredential(issuer, publicKey, randomBytes)),
    secret(memberSecretFile, memberSecret),
  ];
}

function newKey(): Buffer {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return privateKey.export({ type: 'sec1', format: 'der' });
}

function scalar(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
}

function shown(name: string, content: Uint8Array): GroupFile {
  return { name, content, isSecret: false };
}

function secret(name: string, content: Uint8Array): GroupFile {
  return { name, content, isSecret: true };
}
