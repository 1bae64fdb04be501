/** Fits the single keys together: what one means for another, and which do not go together. */
import { ConfigError } from '../core/errors.ts';
import { isAddressLiteral } from '../uplink/address-literal.ts';
import type { ConfigWarning } from './config-warning.ts';
import type { Config } from './config.ts';
import type { LoadedConfig } from './load.ts';
import type { ReadSettings } from './read-settings.ts';
import type { SettingName, SettingValues } from './schema.ts';

const defaultEthernetDevice = 'usb0';

/** Throws ConfigError when keys contradict each other. */
export function buildConfig(file: string, read: ReadSettings): LoadedConfig {
  const warnings = [...read.warnings];
  const linkDevice = chooseLinkDevice(read, warnings);
  refuseIpv4OnEthernet(file, read);
  warnOfNames(read, warnings);
  const values: SettingValues = { ...read.values, 'link.dev': linkDevice };
  return { config: configFrom(file, values), values, read, warnings };
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

/** Who resolves names is the network of this machine; the host's sockets take addresses. */
function warnOfNames({ values, places }: ReadSettings, warnings: ConfigWarning[]): void {
  const place = places.get('remote.transports');
  const borrowed = (values['remote.transports'] ?? []).filter((name) => name !== 'tcp');
  if (place === undefined || borrowed.length === 0) return;
  if (values['remote.hosts'].some((host) => isAddressLiteral(host))) return;
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

/** `values`: complete, as they are fitted together above. */
function configFrom(file: string, values: SettingValues): Config {
  return {
    file,
    tun: {
      dev: values['tun.dev'],
      devNode: values['tun.dev_node'],
      ipPath: values['tun.ip_path'],
      setAddress: values['tun.ip_set'],
      lladdr: values['tun.lladdr'],
    },
    link: {
      type: values['link.type'],
      dev: values['link.dev'] ?? defaultEthernetDevice,
      hostMac: values['link.host_mac'],
    },
    remote: {
      hosts: values['remote.hosts'],
      port: values['remote.port'],
      caCertFile: values['remote.ca_cert_file'],
      heartbeatPeriod: values['remote.heartbeat_period'],
      heartbeatTimeout: values['remote.heartbeat_timeout'],
      serverName: values['remote.server_name'],
      serverPins: values['remote.server_pins'],
      dnsServers: values['remote.dns_servers'],
      transports: values['remote.transports'],
      psockSocket: values['remote.psock_socket'],
      hssFamily: values['remote.hss_family'],
    },
    route: {
      fwmark: values['route.fwmark'],
      table: values['route.table'],
      prefixes: values['route.prefixes'],
      trustedInterfaces: values['route.trusted_interfaces'],
      allowIpv4: values['route.allow_ipv4'],
      raPeriod: values['route.ra_period'],
      dnsServers: values['route.dns_servers'],
      dnsSearch: values['route.dns_search'],
    },
    identity: {
      certFile: values['identity.cert_file'],
      keyFile: values['identity.key_file'],
      ipFile: values['identity.ip_file'],
      xtt: values['identity.xtt.enable']
        ? {
            remotePort: values['identity.xtt.remote_port'],
            basename: values['identity.xtt.basename'],
          }
        : undefined,
      tpm: {
        enable: values['identity.tpm.enable'],
        tcti: values['identity.tpm.tcti'],
        device: values['identity.tpm.device'],
        socketHost: values['identity.tpm.socket_host'],
        socketPort: values['identity.tpm.socket_port'],
        hierarchy: values['identity.tpm.hierarchy'],
        password: values['identity.tpm.password'],
        parent: values['identity.tpm.parent'],
      },
    },
    status: { socket: values['status.socket'] },
  };
}
