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
  type EccPublic,
  type PublicArea,
  type Tpm,
} from 'tss2-node';
import { issueCredential, type DaaIssuer } from 'xtt';
import { groupObjects, type GroupObject } from '../../src/identity/xtt/group-credentials.ts';
import { memberHandle } from '../../src/identity/xtt/tpm-group.ts';

/** What all members of a group have in common. */
export type SharedObjects = Readonly<Record<Exclude<GroupObject, 'credential'>, Uint8Array>>;

const attributes =
  nvAttributes.authRead | nvAttributes.ownerRead | nvAttributes.ownerWrite | nvAttributes.noDA;

/** Makes the TPM a member of the group. */
export async function prepareTpm(
  tpm: Tpm,
  issuer: DaaIssuer,
  shared: SharedObjects,
): Promise<void> {
  // Handles from 0x81800000 on are the platform's, which an owner cannot remove.
  const hierarchy = hierarchies.platform;
  await using member = await tpm.createPrimary(hierarchy, ecdaaTemplate);
  const { public: area } = await tpm.readPublic(member.handle);
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
  await tpm.nvUndefineSpace(index).catch(() => undefined);
  const area = {
    index,
    attributes,
    nameAlgorithm: algorithms.SHA256,
    authPolicy: new Uint8Array(),
  };
  await tpm.nvDefineSpace({ ...area, sizeBytes: content.length });
  await tpm.nvWrite(index, content, { authHandle: hierarchies.owner });
}

function pointOf(area: PublicArea): Uint8Array {
  const { x, y } = (area as EccPublic).point;
  const padded = [x, y].map((one) => Buffer.concat([Buffer.alloc(32 - one.length), one]));
  return Buffer.concat([Buffer.of(4), ...padded]);
}
