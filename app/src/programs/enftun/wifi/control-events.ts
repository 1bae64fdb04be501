/**
 * Events of wpa_supplicant (wpa_ctrl.h), as they arrive at its control socket ("<3>CTRL-EVENT-...") and as they stand
 * in its log ("wlan0: CTRL-EVENT-..."), and what is known after a row of them: why a network cannot be joined.
 */
import { unescapeText } from './escaped-text.ts';
import { ssidOfBytes } from './ssid.ts';

export type WifiEvent =
  | { readonly event: 'trying'; readonly ssidHex: string }
  | { readonly event: 'connected' }
  /** A network is left alone for some time. */
  | {
      readonly event: 'paused';
      readonly ssidHex: string;
      readonly reason: string;
      readonly seconds: number;
    }
  | { readonly event: 'login refused'; readonly transaction: number; readonly status: number }
  | { readonly event: 'join refused'; readonly status: number }
  /** No network of the card is in range. */
  | { readonly event: 'nothing found' }
  | { readonly event: 'scanned' }
  | { readonly event: 'scan failed'; readonly code: number }
  /** wpa_supplicant has started, or read its configuration again: what was known holds no longer. */
  | { readonly event: 'started afresh' };

/** Undefined for the many lines of no interest. */
export function parseEvent(line: string): WifiEvent | undefined {
  if (/^(Started|Reloading) .*wpa_supplicant@/.test(line)) return { event: 'started afresh' };
  const text = line.replace(/^<\d>|^[\w.-]+: /, '');
  const number = (name: string) => Number(new RegExp(` ${name}=(-?\\d{1,9})\\b`).exec(text)?.[1]);
  const [name = ''] = text.split(' ', 1);
  switch (name) {
    case 'CTRL-EVENT-CONNECTED':
      return { event: 'connected' };
    case 'CTRL-EVENT-SSID-TEMP-DISABLED': {
      const [, ssid, rest] = / ssid="((?:[^"\\]|\\.)*)"(.*)/.exec(text) ?? [];
      const hex = hexOf(ssid);
      if (hex === undefined || rest === undefined) return undefined;
      const reason = / reason=(\w+)/.exec(rest)?.[1] ?? '';
      const seconds = Number(/ duration=(\d{1,9})/.exec(rest)?.[1] ?? 0);
      return { event: 'paused', ssidHex: hex, reason, seconds };
    }
    case 'CTRL-EVENT-AUTH-REJECT':
      if (number('auth_type') !== saeType) return undefined;
      return {
        event: 'login refused',
        transaction: number('auth_transaction'),
        status: number('status_code'),
      };
    case 'CTRL-EVENT-ASSOC-REJECT':
      return { event: 'join refused', status: number('status_code') };
    case 'CTRL-EVENT-NETWORK-NOT-FOUND':
      return { event: 'nothing found' };
    case 'CTRL-EVENT-SCAN-RESULTS':
      return { event: 'scanned' };
    case 'CTRL-EVENT-SCAN-FAILED':
      return { event: 'scan failed', code: number('ret') };
    case 'Trying':
    case 'SME:': {
      const hex = hexOf(/ \(SSID='(.*)' freq=\d+ MHz\)$/.exec(text)?.[1]);
      return hex === undefined ? undefined : { event: 'trying', ssidHex: hex };
    }
    default:
      return undefined;
  }
}

/** Authentication algorithm of WPA3 (IEEE 802.11-2020, 9.4.1.1). */
const saeType = 3;

/** Why a network cannot be joined. */
export type Problem = 'wrong-password' | 'refused' | 'failing';

export interface Known {
  /** By name in hex. */
  readonly problems: ReadonlyMap<string, Problem>;
  /** The last scan found no network of the card. */
  readonly isNothingFound: boolean;
  /** Of the looks at the air that failed one after the other. */
  readonly scanFailures: number;
}

export function known(events: readonly WifiEvent[]): Known {
  let problems = new Map<string, Problem>();
  let isNothingFound = false;
  let scanFailures = 0;
  let tried: string | undefined;
  for (const event of events) {
    switch (event.event) {
      case 'started afresh':
        problems = new Map();
        isNothingFound = false;
        scanFailures = 0;
        tried = undefined;
        break;
      case 'trying':
        tried = event.ssidHex;
        isNothingFound = false;
        break;
      case 'connected':
        if (tried !== undefined) problems.delete(tried);
        isNothingFound = false;
        scanFailures = 0;
        break;
      case 'paused':
        problems.set(event.ssidHex, ofPause(event.reason, problems.get(event.ssidHex)));
        break;
      case 'login refused':
        // The password shows itself in the second of SAE's two messages; in the first, the access point is just busy.
        if (tried !== undefined && event.transaction === 2) problems.set(tried, 'wrong-password');
        break;
      case 'join refused':
        if (tried !== undefined && !problems.has(tried)) problems.set(tried, 'refused');
        break;
      case 'nothing found':
        isNothingFound = true;
        scanFailures = 0;
        break;
      case 'scanned':
        scanFailures = 0;
        break;
      case 'scan failed':
        scanFailures += 1;
        break;
    }
  }
  return { problems, isNothingFound, scanFailures };
}

function ofPause(reason: string, before: Problem | undefined): Problem {
  if (reason === 'WRONG_KEY') return 'wrong-password';
  return before ?? 'failing';
}

function hexOf(text: string | undefined): string | undefined {
  const ssid = ssidOfBytes(unescapeText(text ?? ''));
  return ssid.ok ? ssid.ssid.hex : undefined;
}
