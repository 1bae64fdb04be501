/** Opens the credentials of a group wherever they are, for as long as they are used. */
import { ProvisioningError } from '../provisioning-error.ts';
import { openFileGroup } from './file-group.ts';
import type { GroupSource } from './group-credentials.ts';
import { TpmGroup } from './tpm-group.ts';

export interface GroupPlace {
  /** Undefined: in the TPM. */
  readonly folder: string | undefined;
  /** Of the TPM, as tpm2-tss has it: see tcti(7). */
  readonly tcti: string;
}

/** Rejects with what `work` rejects with, and with a ProvisioningError for what is wrong with the TPM or the files. */
export async function withGroup<T>(
  { folder, tcti }: GroupPlace,
  signal: AbortSignal,
  work: (group: GroupSource) => Promise<T>,
): Promise<T> {
  if (folder !== undefined) return work(await openFileGroup(folder));
  await using group = new TpmGroup(tcti, signal);
  try {
    return await work(group);
  } catch (error) {
    throw error instanceof ProvisioningError ? error : await group.explain(error);
  }
}
