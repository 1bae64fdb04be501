/** The strategy that the configuration asks for, which a reload may change. */
import type { Clock } from '../../core/time.ts';
import type { Config } from '../../config/config.ts';
import { tpmSettings } from '../../identity/tpm/tpm-settings.ts';
import { WriteRehearsal } from '../../identity/write-rehearsal.ts';
import type { Logger } from '../../platform/log.ts';
import { AddressMemory } from '../../uplink/search/address-memory.ts';
import type { Transport } from '../../uplink/transport.ts';
import { IdentitySource } from '../reload/identity-source.ts';
import type { Credentials } from './credentials.ts';
import type { Provisioner } from './provisioner.ts';
import { XttCredentials } from './xtt-credentials.ts';

export interface CredentialsParts {
  /** Asked each time: a reload changes it. */
  readonly config: () => Config;
  readonly transports: () => readonly Transport[];
  readonly clock: Clock;
  readonly log: Logger;
}

export function buildCredentials(parts: CredentialsParts): () => Credentials {
  const { config, clock, log } = parts;
  const files = new IdentitySource(
    () => ({ caCertFile: config().remote.caCertFile, ...config().identity }),
    log,
    () => new Date(),
    { settings: () => tpmSettings(config().identity.tpm) },
  );
  const memory = new AddressMemory();
  const rehearsal = new WriteRehearsal(clock);
  const provisioner = (): Promise<Provisioner> => makeProvisioner(parts, memory, rehearsal);
  const withXtt = new XttCredentials({ files, provisioner, clock, log });
  return () => (config().identity.xtt.enable ? withXtt : files);
}

/** Loaded when it is needed, which is rare: the start of the service does not wait for the mathematics of XTT. */
async function makeProvisioner(
  { config: current, transports, clock }: CredentialsParts,
  memory: AddressMemory,
  rehearsal: WriteRehearsal,
): Promise<Provisioner> {
  const { Provisioner } = await import('./provisioner.ts');
  const { searchXttServer } = await import('./xtt-search.ts');
  const config = current();
  const { certFile = '', keyFile = '', xtt, tpm } = config.identity;
  const settings = tpmSettings(tpm);
  return new Provisioner({
    place: { certFile, keyFile, owner: undefined },
    rootsFile: config.remote.caCertFile,
    group: { folder: xtt.groupFolder, tcti: settings.tcti },
    keyTpm: tpm.enable ? settings : undefined,
    basename: xtt.basename,
    search: (prove, signal) =>
      searchXttServer({ config, transports: transports(), clock, memory }, prove, signal),
    clock,
    rehearsal,
  });
}
