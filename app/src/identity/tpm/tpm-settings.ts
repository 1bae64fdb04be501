/** How this machine reaches its TPM, and what it holds for new keys: the group `identity.tpm` of the configuration. */

/** As the configuration has them. */
export interface TpmKeys {
  readonly tcti: 'device' | 'socket';
  readonly device: string;
  readonly socketHost: string;
  readonly socketPort: string;
  readonly hierarchy: number;
  readonly password: string | undefined;
  readonly parent: number;
}

export interface TpmSettings {
  /** For tpm2-tss: see tcti(7). */
  readonly tcti: string;
  /** The device file; undefined for a simulator. */
  readonly device: string | undefined;
  /** Of the hierarchy when a key is made; of a key that asks for one when it is used. */
  readonly password: string | undefined;
  readonly hierarchy: number;
  /** Handle of the persistent parent of new keys. */
  readonly parent: number;
}

export function tpmSettings(keys: TpmKeys): TpmSettings {
  const { password, hierarchy, parent } = keys;
  const isDevice = keys.tcti === 'device';
  return {
    tcti: isDevice
      ? `device:${keys.device}`
      : `swtpm:host=${keys.socketHost},port=${keys.socketPort}`,
    device: isDevice ? keys.device : undefined,
    ...{ password, hierarchy, parent },
  };
}
