/** Where the identity goes, from the configuration of the service, and what is there now. */
import { lstatSync } from 'node:fs';
import path from 'node:path';
import { requireCredentials } from '../../config/build-config.ts';
import { formatConfigWarning } from '../../config/config-warning.ts';
import { loadConfig } from '../../config/load.ts';
import { ConfigError, EnvironmentError } from '../../core/errors.ts';
import { milliseconds } from '../../core/time.ts';
import { loadOwnPair } from '../../identity/own-pair.ts';
import { tpmSettings, type TpmSettings } from '../../identity/tpm/tpm-settings.ts';
import { systemErrno } from '../../platform/system-errno.ts';
import { pendingFile, rehearsePair, type IdentityPlace } from '../../identity/pending-pair.ts';
import { requireKept } from '../../status/format-storage.ts';
import type { StorageStatus } from '../../status/storage.ts';
import { ownerOfFiles, type Run } from './service-user.ts';
import { rehearseKey } from '../../identity/signing-key.ts';

export interface PlanRequest {
  readonly configFile: string;
  readonly folder: string;
  readonly owner: string | undefined;
  /** The key is to be in the TPM, also where the configuration has no group `identity.tpm`. */
  readonly inTpm: boolean;
}

export interface PlanContext {
  readonly uid: number;
  readonly run: Run;
  readonly warn: (message: string) => void;
}

const writer = 'the user of this command';
/** For another run at the same files; one in which a person is asked takes much longer. */
export const lockPatience = milliseconds(500);

export interface PlannedPlace extends IdentityPlace {
  /** Where a new key is to be in the TPM. */
  readonly tpm: TpmSettings | undefined;
  /** Of the TPM, in which the present key may be. */
  readonly settings: TpmSettings;
}

/** Throws ConfigError, or EnvironmentError for a user that does not exist. */
export async function placeOfIdentity(
  { configFile, folder, owner: wanted, inTpm }: PlanRequest,
  { uid, run, warn }: PlanContext,
): Promise<PlannedPlace> {
  const { config, warnings } = loadConfig(configFile);
  for (const warning of warnings) warn(formatConfigWarning(warning));
  requireCredentials(config);
  const [certFile, keyFile] = [config.identity.certFile, config.identity.keyFile].map((file) =>
    path.resolve(folder, file ?? ''),
  ) as [string, string];
  if (certFile === pendingFile({ keyFile })) {
    throw new ConfigError('is the name under which an interrupted run keeps its result', {
      file: configFile,
      key: 'identity.cert_file',
      expected: 'another name',
      found: certFile,
    });
  }
  if (certFile === keyFile) {
    throw new ConfigError('is the same file as identity.cert_file', {
      file: configFile,
      key: 'identity.key_file',
      expected: 'a file of its own',
      found: keyFile,
    });
  }
  const owner = await ownerOfFiles({ configFile, wanted, uid, run });
  if (uid === 0 && owner === undefined) {
    warn('this machine has no user "enftun"; the files will belong to root (see --owner)');
  }
  const settings = tpmSettings(config.identity.tpm);
  const tpm = inTpm || config.identity.tpm.enable ? settings : undefined;
  return { certFile, keyFile, owner, writer, tpm, settings };
}

/** A sentence about the identity that is in place; undefined if there is none. */
export async function describeExisting(place: IdentityPlace): Promise<string | undefined> {
  const { certFile, keyFile } = place;
  const found = [keyFile, certFile].filter((file) => exists(file));
  if (found.length === 0) return undefined;
  try {
    const { addressText, fields } = await loadOwnPair(certFile, keyFile);
    const end = fields.notAfter.toISOString().slice(0, 10);
    return `${certFile} and ${keyFile} hold the identity of ${addressText}, valid until ${end}`;
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return `${found.join(' and ')} ${found.length === 1 ? 'exists' : 'exist'} already (${error.message})`;
  }
}

/** What would keep the files from being written is found before the ENF registers anything. Throws EnvironmentError. */
export async function rehearse(place: PlannedPlace, storage?: StorageStatus): Promise<void> {
  requireKept(path.dirname(place.keyFile), storage);
  await rehearsePair(place);
  await rehearseKey(place.keyFile, place.tpm);
}

/** Throws ConfigError where the system does not say. */
function exists(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (cause) {
    throw new ConfigError(`cannot be looked at: ${systemErrno(cause).text}`, { file, cause });
  }
}
