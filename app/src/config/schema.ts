/**
 * Every key of the configuration, one row each: reading, printing (`-p`), `enftun keys`, docs/configuration.md, reloads
 * and the members of `Config` all follow this table. A value is parsed here and nowhere else. Older files and other
 * programs rely on names, types and defaults: add rows, do not change them.
 */
import { seconds } from '../core/time.ts';
import { defaultRoute, parseRoutePrefix } from '../router/route-prefix.ts';
import { parseServerHost } from '../uplink/server-host.ts';
import { parseIpv6 } from '../wire/ipv6-address.ts';
import {
  addressLiteral,
  advertisementBounds,
  domainName,
  heartbeat,
  hostText,
  interfaceName,
  mac,
  path,
  pin,
  port,
  portText,
  serverHost,
  serverName,
  tpmHandle,
  transports,
} from './key-kinds.ts';
import { row, type SchemaRow } from './schema-row.ts';
import {
  boolean,
  choice,
  duration,
  integer,
  list,
  optional,
  presence,
  string,
  written,
} from './setting-kind.ts';

export const schema = {
  'link.type': row(choice('tun', 'ethernet'), 'tun', {
    doc: 'What the service bridges: a TUN interface of this machine, or an Ethernet interface (`usb0`) with a host at its other end.',
    restricts: true,
    concerns: 'start',
  }),
  'link.dev': row(optional(interfaceName), undefined, {
    doc: 'Ethernet interface towards the host. With `link.type = "tun"` the interface is `tun.dev`.',
    defaultText: '`usb0`, or `tun.dev`',
    concerns: 'start',
  }),
  'link.host_mac': row(optional(mac), undefined, {
    doc: 'Fixed MAC address of the host; when unset it is learned.',
    concerns: 'host',
  }),

  'tun.dev': row(interfaceName, 'enf0', {
    doc: 'Name of the TUN interface.',
    concerns: 'start',
  }),
  'tun.dev_node': row(path, '/dev/net/tun', {
    doc: 'TUN control device.',
    concerns: 'start',
  }),
  'tun.ip_path': row(path, '/bin/ip', {
    doc: 'The `ip` program of iproute2.',
    concerns: 'start',
  }),
  'tun.ip_set': row(boolean(), true, {
    doc: "Put the tunnel's address on the TUN interface.",
    aliases: ['tun.set_address'],
    concerns: 'start',
  }),
  'tun.lladdr': row(optional(mac), undefined, {
    doc: "Link-layer address announced for the router; when unset, the interface's own.",
    concerns: 'host',
  }),

  'remote.hosts': row(
    list(serverHost, { atLeastOne: true, orOne: true }),
    [parseServerHost('23.147.128.112')!],
    {
      doc: 'ENF servers, tried in this order: IPv4 or IPv6 addresses, or names.',
      concerns: 'tunnel',
      aliases: ['remote.host'],
    },
  ),
  'remote.port': row(port, 443, { doc: 'TCP port of the ENF servers.', concerns: 'tunnel' }),
  'remote.ca_cert_file': row(path, '/etc/enftun/enf.cacert.pem', {
    doc: "Root certificates (PEM) that must have issued the server's certificate; no others are trusted.",
    concerns: 'tunnel',
  }),
  'remote.server_name': row(optional(serverName), undefined, {
    doc: "Name that the server's certificate must carry, also sent as SNI. When unset, the name is not checked.",
    concerns: 'tunnel',
    restricts: true,
  }),
  'remote.server_pins': row(list(pin), [], {
    doc: 'SHA-256 of the public keys (SubjectPublicKeyInfo) that the server may have. When empty, any key certified by the roots.',
    concerns: 'tunnel',
    restricts: true,
  }),
  'remote.tls': row(choice('native', 'node'), 'native', {
    doc: 'What encrypts the tunnel: `native`, an addon that calls the OpenSSL of Node.js without its streams, with less work per packet; `node`, TLS as Node.js has it, also used where the addon cannot be. The security is the same.',
    concerns: 'tunnel',
  }),
  'remote.dns_servers': row(list(addressLiteral), [], {
    doc: 'DNS servers that resolve names in `remote.hosts`. When empty, those of the system, except for any on this machine itself. Over the sockets of the host, only these are asked.',
    concerns: 'tunnel',
  }),
  'remote.transports': row(optional(transports), undefined, {
    doc: 'Ways to the servers, tried in this order: `tcp`, the network of this machine; `psock`, sockets borrowed from its USB host through psockd; `hss`, the same from a kernel that has them. The tunnel moves back to an earlier one when that works again.',
    concerns: 'tunnel',
    defaultText: '`tcp`, then `psock` and `hss` where this machine has them',
  }),
  'remote.psock_socket': row(path, '/run/psock/socket', {
    doc: 'Socket of psockd, for the transport `psock`.',
    concerns: 'tunnel',
  }),
  'remote.hss_family': row(integer(1, 255), 45, {
    doc: 'Number of the socket family AF_HSS of the kernel, for the transport `hss`. A family that is something else (AF_MCTP) is not used.',
    concerns: 'tunnel',
  }),
  'remote.heartbeat_period': row(heartbeat, seconds(300), {
    doc: 'After this time without traffic from the ENF the tunnel is probed.',
    concerns: 'tunnel',
    unit: 'ms',
    aliases: ['route.heartbeat_period'],
  }),
  'remote.heartbeat_timeout': row(heartbeat, seconds(10), {
    doc: 'A probe without an answer for this time ends the connection; a new one is made.',
    concerns: 'tunnel',
    unit: 'ms',
    aliases: ['route.heartbeat_timeout'],
  }),

  'route.fwmark': row(integer(-0x80000000, 0xffffffff), 363, {
    doc: 'Firewall mark of the packets that carry the tunnel itself. 0 or less: no mark.',
    concerns: 'tunnel',
  }),
  'route.table': row(integer(1, 0xffffffff), 2097, {
    doc: 'Routing table of the tunnel, which `enftun-setup` makes. Two tunnels need two tables.',
    concerns: 'tunnel',
  }),
  'route.prefixes': row(
    list(
      written(
        '"default", an IPv6 address or an IPv6 prefix such as "2607:8f80::/32"',
        parseRoutePrefix,
      ),
    ),
    [{ text: 'default', value: defaultRoute }],
    {
      doc: 'What goes through the tunnel: `default`, prefixes, addresses. Announced to the host of a card; on a gateway or a server `enftun-setup` makes the routes.',
      concerns: 'host',
    },
  ),
  'route.trusted_interfaces': row(list(interfaceName), [], {
    doc: 'Interfaces whose local networks stay reachable outside the tunnel with the policy `default`. `enftun-setup` makes the exception.',
    concerns: 'tunnel',
  }),
  'route.allow_ipv4': row(boolean(), false, {
    doc: 'Let IPv4 packets through the tunnel. Not possible with `link.type = "ethernet"`.',
    concerns: 'host',
  }),
  'route.ra_period': row(
    duration(advertisementBounds.minimum, advertisementBounds.maximum),
    seconds(600),
    {
      doc: 'Longest time between two Router Advertisements; 4000 to 1800000, other values are moved to the nearer end.',
      concerns: 'host',
      unit: 'ms',
    },
  ),
  'route.dns_servers': row(list(written('an IPv6 address', parseIpv6)), [], {
    doc: 'DNS servers announced to the host (RDNSS and DHCPv6).',
    concerns: 'host',
  }),
  'route.dns_search': row(list(domainName), [], {
    doc: 'Search domains announced to the host (DNSSL and DHCPv6).',
    concerns: 'host',
  }),

  'identity.cert_file': row(optional(path), undefined, {
    doc: 'Own certificate, PEM or DER; its commonName is the address of the tunnel. Needed to run.',
    concerns: 'tunnel',
  }),
  'identity.key_file': row(optional(path), undefined, {
    doc: 'Private key of the certificate, PEM or DER, without a pass phrase; or the file of a key in the TPM (`TSS2 PRIVATE KEY`). Needed to run.',
    concerns: 'tunnel',
  }),
  'identity.ip_file': row(optional(path), undefined, {
    doc: 'File that the address of the tunnel is written to, for other programs.',
    concerns: 'tunnel',
  }),
  'identity.xtt.enable': row(presence(), false, {
    doc: 'The group `identity.xtt` is there: without a usable identity, or with one that the ENF refuses, the device provisions itself with XTT.',
    concerns: 'tunnel',
    path: 'identity.xtt',
  }),
  'identity.xtt.remote_port': row(port, 444, {
    doc: 'TCP port for provisioning on the servers of `remote.hosts`.',
    concerns: 'tunnel',
  }),
  'identity.xtt.basename': row(
    optional(string('at most 64 bytes', (text) => Buffer.byteLength(text) <= 64)),
    undefined,
    {
      doc: 'Basename of the pseudonym; when unset, the one stored with the credentials of the group.',
      concerns: 'tunnel',
    },
  ),
  'identity.xtt.group_folder': row(optional(path), undefined, {
    doc: 'Folder with the credentials of the group and the secret of this member, for machines without a TPM; when unset, they are in the TPM of `identity.tpm`.',
    concerns: 'tunnel',
  }),
  'identity.tpm.enable': row(presence(), false, {
    doc: 'The group `identity.tpm` is there: new keys are made inside the TPM. A key file that is there is used as what it is.',
    concerns: 'tunnel',
    path: 'identity.tpm',
  }),
  'identity.tpm.tcti': row(choice('device', 'socket'), 'device', {
    doc: 'How the TPM is reached: `device`, or `socket` for the simulator swtpm.',
    concerns: 'tunnel',
    aliases: ['identity.xtt.tcti'],
  }),
  'identity.tpm.device': row(path, '/dev/tpm0', {
    doc: 'TPM device. `/dev/tpm0` is for one program at a time; set `/dev/tpmrm0`, which programs share.',
    concerns: 'tunnel',
    aliases: ['identity.xtt.device'],
  }),
  'identity.tpm.socket_host': row(hostText, 'localhost', {
    doc: 'Host of the TPM simulator.',
    concerns: 'tunnel',
    aliases: ['identity.xtt.socket_host'],
  }),
  'identity.tpm.socket_port': row(portText, '2321', {
    doc: 'TCP port of the TPM simulator.',
    concerns: 'tunnel',
    aliases: ['identity.xtt.socket_port'],
  }),
  'identity.tpm.hierarchy': row(tpmHandle(0x40000001), 0x40000001, {
    doc: 'Hierarchy of new keys where the TPM has no object `identity.tpm.parent`; 0 stands for the owner hierarchy (0x40000001).',
    concerns: 'tunnel',
  }),
  'identity.tpm.password': row(optional(string()), undefined, {
    doc: 'Password of the hierarchy when a key is made, and of a key whose file says that it has one.',
    isSecret: true,
    concerns: 'tunnel',
  }),
  'identity.tpm.parent': row(tpmHandle(0x81000001), 0x81000001, {
    doc: 'Handle of the persistent parent of new keys; 0 stands for 0x81000001. If the TPM has no such object, a key is made below the hierarchy itself; with a password or another hierarchy than that of the owner, the parent is made first.',
    concerns: 'tunnel',
  }),

  'status.socket': row(optional(path), undefined, {
    doc: 'Socket at which `enftun status` asks this service, for the user and the group of the service.',
    defaultText: '`status` in the folder that systemd makes for the service, else none',
    concerns: 'start',
  }),
} as const;

/** In files of earlier versions, without a meaning: accepted in silence. */
export const obsoleteKeys: readonly string[] = ['version', 'identity.ipv6_network'];

export type SettingName = keyof typeof schema;

/** The value of every key, defaults filled in. */
export type SettingValues = {
  readonly [Name in SettingName]: (typeof schema)[Name] extends SchemaRow<infer T> ? T : never;
};

export const settingNames = Object.keys(schema) as readonly SettingName[]; // Its own keys, no others.

/** The row of a key, whatever its type: that the two belong together is the table's type. */
export function rowOf(name: SettingName): SchemaRow<unknown> {
  return schema[name];
}
