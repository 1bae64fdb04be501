/**
 * What a factory does with a card's TPM: it makes the key of the member, has a credential issued for it, and writes the
 * credentials of the group into NV memory (docs/provisioning.md).
 */
import { randomBytes } from 'node:crypto';
import {
  algorithms,
  ecdaaTemplate,
  hierarchies,
  nvAttributes,
  objectAttributes,
  type EccPublic,
  type PublicArea,
  Tpm,
  TpmError,
  TpmResponseError,
} from 'tss2-node';
import { issueCredential, type DaaIssuer } from 'xtt';
import { EnvironmentError } from '../../core/errors.ts';
import { groupObjects, type GroupObject } from '../../identity/xtt/group-credentials.ts';
import { memberHandle } from '../../identity/xtt/tpm-group.ts';

/** What all members of a group have in common. */
export type SharedObjects = Readonly<Record<Exclude<GroupObject, 'credential'>, Uint8Array>>;

const attributes =
  nvAttributes.authRead | nvAttributes.ownerRead | nvAttributes.ownerWrite | nvAttributes.noDA;

/**
 * Without a part in the lockout: a TPM counts a loss of power after the use of another key as a wrong authorization,
 * and a card is unplugged all the time (docs/decisions/tpm-keys.md).
 */
export const memberTemplate: EccPublic = {
  ...ecdaaTemplate,
  attributes: ecdaaTemplate.attributes | objectAttributes.noDA,
};
/** As another factory may make it: the lockout of the TPM holds for this key. */
export const lockableTemplate: EccPublic = ecdaaTemplate;

/** Makes the TPM a member of the group. `tcti`: see tcti(7). Rejects with an EnvironmentError. */
export async function prepareTpm(
  tcti: string,
  issuer: DaaIssuer,
  shared: SharedObjects,
  template: EccPublic = memberTemplate,
): Promise<void> {
  try {
    await using tpm = Tpm.open(tcti);
    await fillTpm(tpm, issuer, shared, template);
  } catch (cause) {
    if (!(cause instanceof TpmError)) throw cause;
    const problem = `${tcti}: cannot be prepared: ${cause.message}`;
    throw new EnvironmentError(problem, { errno: 'ETPM', syscall: 'tpm', cause });
  }
}

async function fillTpm(
  tpm: Tpm,
  issuer: DaaIssuer,
  shared: SharedObjects,
  template: EccPublic,
): Promise<void> {
  // Handles from 0x81800000 on are the platform's, which an owner cannot remove.
  const hierarchy = hierarchies.platform;
  await using member = await tpm.createPrimary(hierarchy, template);
  const { public: area } = await tpm.readPublic(member.handle);
  await removed(tpm.evictControl(memberHandle, memberHandle, { hierarchy }));
  await tpm.evictControl(member.handle, memberHandle, { hierarchy });
  const credential = issueCredential(issuer, pointOf(area), randomBytes);
  for (const [name, content] of Object.entries({ ...shared, credential })) {
    await writeObject(tpm, name as GroupObject, content);
  }
}

/** Writes one object, in the place of an earlier one. */
export async function writeObject(
  tpm: Tpm,
  object: GroupObject,
  content: Uint8Array,
): Promise<void> {
  const { index } = groupObjects[object];
  await removed(tpm.nvUndefineSpace(index));
  const area = {
    index,
    attributes,
    nameAlgorithm: algorithms.SHA256,
    authPolicy: new Uint8Array(),
  };
  await tpm.nvDefineSpace({ ...area, sizeBytes: content.length });
  await tpm.nvWrite(index, content, { authHandle: hierarchies.owner });
}

/** What is not there need not be removed. */
async function removed(removal: Promise<void>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    const isAbsent =
      error instanceof TpmResponseError && error.responseCode.name === 'TPM_RC_HANDLE';
    if (!isAbsent) throw error;
  }
}

function pointOf(area: PublicArea): Uint8Array {
  const { x, y } = (area as EccPublic).point;
  const padded = [x, y].map((one) => Buffer.concat([Buffer.alloc(32 - one.length), one]));
  return Buffer.concat([Buffer.of(4), ...padded]);
}
