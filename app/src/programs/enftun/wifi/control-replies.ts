/** What wpa_supplicant answers at its control socket (wpa_ctrl.h, "STATUS", "LIST_NETWORKS", "BSS"). */
import { unescapeText } from './escaped-text.ts';
import type { Security } from './security.ts';
import { ssidOfBytes, type Ssid } from './ssid.ts';

export interface StationStatus {
  /** Such as COMPLETED, SCANNING, INTERFACE_DISABLED. */
  readonly state: string;
  readonly ssid: Ssid | undefined;
  readonly bssid: string | undefined;
  readonly frequencyMhz: number | undefined;
  /** Such as WPA2-PSK, SAE, NONE. */
  readonly keyManagement: string | undefined;
}

export function parseStatus(reply: string): StationStatus {
  const values = pairsOf(reply);
  return {
    state: values.get('wpa_state') ?? 'UNKNOWN',
    ssid: ssidOf(values.get('ssid')),
    bssid: values.get('bssid'),
    frequencyMhz: wholeNumber(values.get('freq')),
    keyManagement: values.get('key_mgmt'),
  };
}

export interface ListedNetwork {
  readonly id: number;
  readonly ssid: Ssid;
  /** Given up on for a while, after failures. */
  readonly isPaused: boolean;
  readonly isCurrent: boolean;
}

/** A heading, then a line per network: id, name, BSSID, flags, separated by tabulators. */
export function parseNetworkList(reply: string): ListedNetwork[] {
  return reply.split('\n').flatMap((line) => {
    const [number = '', name = '', , flags = ''] = line.split('\t');
    const id = wholeNumber(number);
    const ssid = ssidOf(name);
    if (id === undefined || ssid === undefined) return [];
    const has = (flag: string) => flags.includes(`[${flag}]`);
    return [{ id, ssid, isPaused: has('TEMP-DISABLED'), isCurrent: has('CURRENT') }];
  });
}

/** One radio that was received. */
export interface HeardStation {
  readonly id: number;
  readonly bssid: string;
  /** Undefined for a network that hides its name. */
  readonly ssid: Ssid | undefined;
  readonly frequencyMhz: number;
  readonly signalDbm: number;
  readonly security: Security | 'enterprise' | 'wep' | 'other';
  /** Since it was received last. */
  readonly ageSeconds: number;
}

/** The parts that `parseHeardStation` wants: id, BSSID, frequency, level, age, flags, name. */
export const stationMask = '0x1a87';

/** Undefined for the end of the list, and for what is none. */
export function parseHeardStation(reply: string): HeardStation | undefined {
  const values = pairsOf(reply);
  const id = wholeNumber(values.get('id'));
  const bssid = values.get('bssid');
  const frequencyMhz = wholeNumber(values.get('freq'));
  const signalDbm = wholeNumber(values.get('level'));
  const isAddress = bssid !== undefined && /^([\da-f]{2}:){5}[\da-f]{2}$/i.test(bssid);
  if (id === undefined || !isAddress || frequencyMhz === undefined || signalDbm === undefined) {
    return undefined;
  }
  return {
    id,
    bssid,
    ssid: nameHeard(values.get('ssid')),
    frequencyMhz,
    signalDbm,
    security: securityOf(values.get('flags') ?? ''),
    ageSeconds: wholeNumber(values.get('age')) ?? 0,
  };
}

/** Hidden networks transmit no name, or zeros in place of each of its bytes. */
function nameHeard(text: string | undefined): Ssid | undefined {
  const ssid = ssidOf(text);
  return ssid === undefined || /^(00)+$/.test(ssid.hex) ? undefined : ssid;
}

/** Such as "[WPA2-PSK+SAE-CCMP][ESS]". */
function securityOf(flags: string): HeardStation['security'] {
  const has = (pattern: RegExp) => pattern.test(flags);
  const isWpa2 = has(/\[(?:WPA2|RSN)-[^\]]*PSK/);
  const isWpa3 = has(/\[[^\]]*SAE/);
  if (isWpa2 && isWpa3) return 'wpa2+wpa3';
  if (isWpa3) return 'wpa3';
  if (isWpa2) return 'wpa2';
  if (has(/\[[^\]]*EAP/)) return 'enterprise';
  if (has(/\[WEP/)) return 'wep';
  return has(/\[(?:WPA|RSN|OWE)/) ? 'other' : 'open';
}

function ssidOf(text: string | undefined): Ssid | undefined {
  const name = ssidOfBytes(unescapeText(text ?? ''));
  return name.ok ? name.ssid : undefined;
}

function pairsOf(reply: string): Map<string, string> {
  const pairs = reply.split('\n').map((line): [string, string] => {
    const at = line.indexOf('=');
    return at === -1 ? ['', ''] : [line.slice(0, at), line.slice(at + 1)];
  });
  return new Map(pairs);
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d{1,9}$/.test(text) ? Number(text) : undefined;
}
