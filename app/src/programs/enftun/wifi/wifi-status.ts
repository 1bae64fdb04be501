/** How the WiFi of the card is, put together from what wpa_supplicant answers and what it has logged. */
import { known, type Problem, type WifiEvent } from './control-events.ts';
import type { ListedNetwork, StationStatus } from './control-replies.ts';

export interface WifiStatus {
  readonly interface: string;
  readonly state: 'connected' | 'connecting' | 'searching' | 'no-networks' | 'off';
  readonly ssid: string | null;
  readonly ssidHex: string | null;
  readonly accessPoint: string | null;
  readonly frequencyMhz: number | null;
  readonly signalDbm: number | null;
  readonly keyManagement: string | null;
  readonly country: string | null;
  readonly addresses: readonly string[];
  /** Why there is no connection, for programs. */
  readonly problem: Problem | 'not-in-reach' | 'radio' | null;
  readonly networks: readonly NetworkStatus[];
  /** Files whose networks are left out, because wpa_supplicant cannot read them. */
  readonly leftOut: readonly LeftOutFile[];
}

export interface LeftOutFile {
  readonly file: string;
  /** 1-based; 0 when it is not one line. */
  readonly line: number;
  /** In wpa_supplicant's words. */
  readonly problem: string;
}

export interface NetworkStatus {
  readonly ssid: string;
  readonly ssidHex: string;
  readonly isCurrent: boolean;
  readonly problem: Problem | null;
  /** After failures it is left alone for a while. */
  readonly isPaused: boolean;
}

export interface WifiFacts {
  readonly interface: string;
  readonly station: StationStatus;
  readonly networks: readonly ListedNetwork[];
  /** Since the last start, oldest first. */
  readonly events: readonly WifiEvent[];
  readonly signalDbm: number | undefined;
  readonly country: string | undefined;
  readonly addresses: readonly string[];
  readonly leftOut: readonly LeftOutFile[];
}

const busyStates = [
  'AUTHENTICATING',
  'ASSOCIATING',
  'ASSOCIATED',
  '4WAY_HANDSHAKE',
  'GROUP_HANDSHAKE',
];
/** One failed look at the air means nothing: a radio that just starts refuses it. */
const tellingScanFailures = 3;

export function buildWifiStatus(facts: WifiFacts): WifiStatus {
  const { station } = facts;
  const { problems, isNothingFound, scanFailures } = known(facts.events);
  const networks = facts.networks.map(({ ssid, isCurrent, isPaused }): NetworkStatus => {
    return {
      ssid: ssid.text,
      ssidHex: ssid.hex,
      isCurrent,
      problem: problems.get(ssid.hex) ?? null,
      isPaused,
    };
  });
  const state = stateOf(station.state, networks.length);
  const isUp = state === 'connected';
  const problem = isUp || state === 'no-networks' ? null : problemOf();
  return {
    interface: facts.interface,
    state,
    ssid: station.ssid?.text ?? null,
    ssidHex: station.ssid?.hex ?? null,
    accessPoint: station.bssid ?? null,
    frequencyMhz: station.frequencyMhz ?? null,
    signalDbm: facts.signalDbm ?? null,
    keyManagement: isUp ? (station.keyManagement ?? null) : null,
    country: facts.country ?? null,
    addresses: facts.addresses,
    problem,
    networks,
    leftOut: facts.leftOut,
  };

  function problemOf(): WifiStatus['problem'] {
    if (scanFailures >= tellingScanFailures) return 'radio';
    const all = networks.map((network) => network.problem);
    // What a person can do something about comes first.
    const worst = (['wrong-password', 'refused', 'failing'] as const).find((one) =>
      all.includes(one),
    );
    return worst ?? (isNothingFound ? 'not-in-reach' : null);
  }
}

function stateOf(state: string, networks: number): WifiStatus['state'] {
  if (state === 'COMPLETED') return 'connected';
  if (state === 'INTERFACE_DISABLED') return 'off';
  if (busyStates.includes(state)) return 'connecting';
  return networks === 0 ? 'no-networks' : 'searching';
}
