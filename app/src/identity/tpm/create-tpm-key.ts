/**
 * Makes a key in the TPM: below the persistent parent of the configuration if the TPM has it, else below the primary
 * key of the hierarchy, which leaves nothing in the TPM. A hierarchy with a password is another matter: OpenSSL's
 * provider cannot give it, so its primary key becomes the persistent parent then, once.
 *
 * Neither key takes part in the TPM's lockout. They have no password that could be guessed, and a TPM counts each loss
 * of power after the use of a key that takes part as a failure: a card that is unplugged often would lock itself out.
 */
import {
  encodeKeyFile,
  hierarchies,
  hierarchyParentTemplate,
  objectAttributes,
  signingTemplate,
  TpmResponseError,
  type TransientObject,
} from 'tss2-node';
import { decodeTpmKeyFile, type TpmKeyFile } from './tpm-key-file.ts';
import { TpmSession } from './tpm-session.ts';
import type { TpmSettings } from './tpm-settings.ts';

const template = {
  ...signingTemplate,
  attributes: signingTemplate.attributes | objectAttributes.noDA,
};

/** On P-256, for signatures. Rejects with what `explainTpm` makes of a failure. `file`: for messages. */
export async function createTpmKey(file: string, settings: TpmSettings): Promise<TpmKeyFile> {
  await using session = await TpmSession.open(file, settings, new Date());
  const parent = await parentOfNewKeys(session, settings);
  try {
    const made = await session.attempt('create', parent.named, () =>
      session.tpm.create(parent.primary?.handle ?? parent.named, template),
    );
    const text = encodeKeyFile({ ...made, parent: parent.named, emptyAuth: true });
    return decodeTpmKeyFile(file, text);
  } finally {
    await parent.primary?.flush();
  }
}

/** The same as far as it changes nothing. */
export async function requireTpm(file: string, settings: TpmSettings): Promise<void> {
  await using session = await TpmSession.open(file, settings, new Date());
  if (await hasParent(session, settings)) return;
  const primary = await primaryOf(session, settings);
  await primary.flush();
}

interface Parent {
  /** As the key file names it. */
  readonly named: number;
  readonly primary?: TransientObject;
}

async function parentOfNewKeys(session: TpmSession, settings: TpmSettings): Promise<Parent> {
  const { parent, hierarchy, password } = settings;
  if (await hasParent(session, settings)) return { named: parent };
  const primary = await primaryOf(session, settings);
  if (!needsPersistentParent(settings)) return { named: hierarchy, primary };
  try {
    const auth = password === undefined ? undefined : new TextEncoder().encode(password);
    await session.attempt('create', parent, () =>
      session.tpm.evictControl(primary.handle, parent, { ...(auth && { auth }) }),
    );
    return { named: parent };
  } finally {
    await primary.flush();
  }
}

function needsPersistentParent({ hierarchy, password }: TpmSettings): boolean {
  return password !== undefined || hierarchy !== hierarchies.owner;
}

function hasParent(session: TpmSession, { parent }: TpmSettings): Promise<boolean> {
  return session.attempt('parent', parent, async () => {
    try {
      await session.tpm.readPublic(parent);
      return true;
    } catch (error) {
      if (error instanceof TpmResponseError && error.responseCode.name === 'TPM_RC_HANDLE') {
        return false;
      }
      throw error;
    }
  });
}

function primaryOf(session: TpmSession, settings: TpmSettings): Promise<TransientObject> {
  const { hierarchy, password } = settings;
  const parentAuth = password === undefined ? undefined : new TextEncoder().encode(password);
  return session.attempt('create', hierarchy, () =>
    session.tpm.createPrimary(hierarchy, hierarchyParentTemplate, {
      ...(parentAuth && { parentAuth }),
    }),
  );
}
