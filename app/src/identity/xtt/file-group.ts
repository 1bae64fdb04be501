/**
 * The credentials of a group in a folder, with the member's secret: for gateways and servers without a TPM, and for
 * development groups. A program that can read the secret is this member.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { softwareMember, type DaaMember } from 'xtt';
import { readFailure } from '../../platform/file-errno.ts';
import { readRegularFile } from '../../platform/regular-file.ts';
import { ProvisioningError } from '../provisioning-error.ts';
import { groupObjects, type GroupObject, type GroupSource } from './group-credentials.ts';

export const memberSecretFile = 'daa_secretkey.bin';

/** Rejects with a ProvisioningError. */
export async function openFileGroup(folder: string): Promise<GroupSource> {
  const placeOf = (object: GroupObject): string => path.join(folder, groupObjects[object].file);
  return {
    placeOf,
    read: (object) => readOptional(placeOf(object)),
    member: await readMember(path.join(folder, memberSecretFile)),
  };
}

async function readMember(file: string): Promise<DaaMember> {
  const secret = await readOptional(file);
  if (secret === undefined) {
    const problem = `${file}: the secret of this member is missing`;
    throw new ProvisioningError('group', `${problem}; prepare this device for its group`);
  }
  try {
    return softwareMember(secret, randomBytes);
  } catch (cause) {
    const problem = `${file}: is not the secret of a member`;
    throw new ProvisioningError('group', `${problem}; prepare this device again`, cause);
  } finally {
    secret.fill(0);
  }
}

async function readOptional(file: string): Promise<Buffer | undefined> {
  try {
    const content = await readRegularFile(file);
    if (content.ok) return content.bytes;
    throw new ProvisioningError('group', `${file}: ${content.problem}; prepare this device again`);
  } catch (cause) {
    if (cause instanceof ProvisioningError) throw cause;
    const { code, problem, advice } = readFailure(cause, 'prepare this device for its group');
    if (code === 'ENOENT') return undefined;
    throw new ProvisioningError('group', `${file}: ${problem}; ${advice}`, cause);
  }
}
