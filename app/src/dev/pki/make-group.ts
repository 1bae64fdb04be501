/** Makes groups and members for provisioning with XTT: in folders, or in a TPM as a factory does. */
import path from 'node:path';
import { readIssuer, XttError, type DaaIssuer } from 'xtt';
import { ConfigError } from '../../core/errors.ts';
import { groupObjects } from '../../identity/xtt/group-credentials.ts';
import type { Request } from './command-line.ts';
import { readBytes, storeFiles } from './credential-store.ts';
import { lockableTemplate, memberTemplate, prepareTpm, type SharedObjects } from './tpm-factory.ts';
import { createGroup, createMember, serverFiles } from './xtt-group.ts';

type MemberRequest = Extract<Request, { command: 'member' }>;

export async function makeGroup(folder: string, basename: string): Promise<string> {
  await storeFiles(folder, createGroup(basename));
  const issuer = path.join(folder, serverFiles.issuer);
  return `${folder}: group "${basename}"\n${issuer}: secret of its issuer, keep it\n`;
}

export async function makeMember({ group, roots, place }: MemberRequest): Promise<string> {
  const issuer = await openIssuer(path.join(group, serverFiles.issuer));
  const at = (file: string): Promise<Buffer> => readBytes(path.join(group, file));
  const shared: SharedObjects = {
    groupKey: await at(groupObjects.groupKey.file),
    basename: await at(groupObjects.basename.file),
    root: await at(groupObjects.root.file),
    tunnelRoots: await readBytes(roots),
  };
  if ('tcti' in place) {
    const template = place.isLockable ? lockableTemplate : memberTemplate;
    await prepareTpm(place.tcti, issuer, shared, template);
    return `${place.tcti}: has a member of the group ${group}\n`;
  }
  const files = Object.entries(shared).map(([name, content]) => ({
    name: groupObjects[name as keyof SharedObjects].file,
    content,
    isSecret: false,
  }));
  await storeFiles(place.folder, [...files, ...createMember(issuer)]);
  return `${place.folder}: member of the group ${group}, with a secret: keep it\n`;
}

async function openIssuer(file: string): Promise<DaaIssuer> {
  const bytes = await readBytes(file);
  try {
    return readIssuer(bytes);
  } catch (cause) {
    if (!(cause instanceof XttError)) throw cause;
    throw new ConfigError('is not the secret of an issuer', { file, cause });
  }
}
