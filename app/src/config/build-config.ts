/** Fits the single keys together: what one means for another, and which do not go together. */
import { ConfigError } from '../core/errors.ts';
import type { ConfigWarning } from './config-warning.ts';
import { configOf, type Config, type FittedValues } from './config.ts';
import type { ReadSettings } from './read-settings.ts';
import type { SettingName, SettingValues } from './schema.ts';

export interface LoadedConfig {
  readonly config: Config;
  /** The same by key, for printing. */
  readonly values: SettingValues;
  /** As they were in the file: for fitting them together again, with others in the place of some. */
  readonly read: ReadSettings;
  /** In the order of the file. */
  readonly warnings: readonly ConfigWarning[];
}

const defaultEthernetDevice = 'usb0';

/** Throws ConfigError when keys contradict each other. */
export function buildConfig(file: string, read: ReadSettings): LoadedConfig {
  const warnings = [...read.warnings];
  const linkDevice = chooseLinkDevice(read, warnings);
  refuseIpv4OnEthernet(file, read);
  warnOfNames(read, warnings);
  const values: FittedValues = { ...read.values, 'link.dev': linkDevice };
  return { config: configOf(file, values), values, read, warnings };
}

/** Throws ConfigError for what may be missing when values are only printed, but not when the service runs. */
export function requireCredentials({ file, identity }: Config): void {
  const missing: SettingName | undefined =
    identity.certFile === undefined
      ? 'identity.cert_file'
      : identity.keyFile === undefined
        ? 'identity.key_file'
        : undefined;
  if (missing === undefined) return;
  throw new ConfigError('is not set', { file, key: missing, expected: 'the path of a file' });
}

function chooseLinkDevice({ values, places }: ReadSettings, warnings: ConfigWarning[]): string {
  const named = values['link.dev'];
  if (values['link.type'] === 'ethernet') return named ?? defaultEthernetDevice;
  const tun = values['tun.dev'];
  const place = places.get('link.dev');
  if (place !== undefined && named !== tun) {
    const { file, line } = place;
    const problem = `is for link.type "ethernet" only; the interface is tun.dev: ${tun}`;
    warnings.push({ file, line, key: 'link.dev', problem });
  }
  return tun;
}

/** Names are resolved by the network of this machine; the host's sockets take addresses. */
function warnOfNames({ values, places }: ReadSettings, warnings: ConfigWarning[]): void {
  const place = places.get('remote.transports');
  const borrowed = (values['remote.transports'] ?? []).filter((name) => name !== 'tcp');
  if (place === undefined || borrowed.length === 0) return;
  if (values['remote.hosts'].some(({ kind }) => kind === 'address')) return;
  const { file, line } = place;
  const problem = `${borrowed.join(' and ')} cannot resolve names, and remote.hosts has no address`;
  warnings.push({ file, line, key: 'remote.transports', problem });
}

/** On Ethernet the host's IPv4 would need ARP and an address, which this service does not have. */
function refuseIpv4OnEthernet(file: string, { values, places }: ReadSettings): void {
  if (values['link.type'] !== 'ethernet' || !values['route.allow_ipv4']) return;
  const key: SettingName = 'route.allow_ipv4';
  throw new ConfigError('IPv4 cannot be carried with link.type "ethernet"', {
    ...(places.get(key) ?? { file }),
    key,
    expected: 'false',
    found: 'true',
  });
}
