/** The kinds of value that several keys have in common, or that need more than a line. */
import { milliseconds, seconds } from '../core/time.ts';
import { parseAddressLiteral } from '../uplink/address-literal.ts';
import { parseServerHost } from '../uplink/server-host.ts';
import { parseDomainName } from '../wire/domain-name.ts';
import { formatMac } from '../wire/mac-address.ts';
import {
  choice,
  duration,
  integer,
  list,
  mapped,
  parsed,
  string,
  type SettingKind,
} from './setting-kind.ts';
import * as check from './value-checks.ts';

/** The ways to reach servers: this machine's network, and its USB host's sockets by psockd or by the kernel. */
export const transportNames = ['tcp', 'psock', 'hss'] as const;
export type TransportName = (typeof transportNames)[number];

export const interfaceName = string(
  'an interface name of 1 to 15 characters without spaces, "/" and ":"',
  check.isInterfaceName,
);
export const path = string('a path', check.isPath);
const portNumber = 'a port number from "1" to "65535"';
export const port = parsed(portNumber, check.parsePort, String);
/** The digits as written: TPM libraries take the port as text. */
export const portText = string(portNumber, (text) => check.parsePort(text) !== undefined);
/** As written, too: TPM libraries resolve it. */
export const hostText = string('a host', (text) => parseServerHost(text) !== undefined);
export const mac = parsed(
  'a unicast MAC address such as "02:00:5e:10:00:01"',
  check.parseUnicastMac,
  (bytes) => formatMac(bytes),
);
export const transports = mapped(
  list(choice(...transportNames), { atLeastOne: true, orOne: true }),
  (names): readonly TransportName[] => [...new Set(names)],
  (names) => names,
);
export const serverHost = parsed(
  'an IP address or a host name',
  parseServerHost,
  ({ text }) => text,
);
export const addressLiteral = parsed('an IP address', parseAddressLiteral, (text) => text);
export const domainName = parsed('a domain name', parseDomainName, (text) => text);
export const serverName = string('a host name', check.isServerName);
export const pin = string('base64 of a SHA-256 (44 characters)', check.isPin);
/** The longest wait of a timer, 2^31 - 1 ms. */
const longestDuration = milliseconds(0x7fffffff);

/** RFC 4861 section 6.2.1: MaxRtrAdvInterval. */
export const advertisementBounds = { minimum: seconds(4), maximum: seconds(1800) } as const;

export const heartbeat = duration(milliseconds(100), longestDuration);

/** A TPM handle, 32 bits unsigned. 0, and the negative numbers of readers with 32-bit integers, keep their meaning. */
export function tpmHandle(whenZero: number): SettingKind<number> {
  return mapped(
    integer(-0x80000000, 0xffffffff),
    (handle) => handle >>> 0 || whenZero,
    (handle) => handle,
  );
}
